import type { BatchEnd } from './batch-ends.js';

/** How late a checkpoint may be: so much is sent again after a crash at most, and a burst of rounds shares one write. */
const LATEST_MS = 100;

/**
 * Writes checkpoints down behind the relay's back: a late one only means that records come twice, so no round waits for
 * it. Writes follow one another; each takes all that was noted before it.
 */
export class LateCheckpoints {
  private readonly unsaved = new Map<number, BatchEnd>();
  private timer: NodeJS.Timeout | null = null;
  private saving: Promise<void> | null = null;
  private failure: { readonly error: unknown } | null = null;

  constructor(
    private readonly save: (sent: readonly BatchEnd[]) => Promise<void>,
    /** A write failed; the next `note` or `flush` says why. */
    private readonly onFailed: () => void,
  ) {}

  /** @throws what a write failed with */
  note(sent: readonly BatchEnd[]): void {
    this.assertSound();
    for (const checkpoint of sent) this.unsaved.set(checkpoint.partition, checkpoint);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.begin();
    }, LATEST_MS);
  }

  /** @throws what a write failed with */
  assertSound(): void {
    if (this.failure !== null) throw this.failure.error;
  }

  /**
   * Resolves when everything that was noted is written.
   *
   * @throws what a write failed with
   */
  async flush(): Promise<void> {
    this.cancel();
    while (this.failure === null && (this.saving !== null || this.unsaved.size > 0)) {
      this.begin();
      await this.saving;
    }
    this.assertSound();
  }

  /** What is not written yet stays so. */
  cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private begin(): void {
    this.saving ??= this.saveAll()
      .catch((error: unknown) => {
        this.failure = { error };
        this.onFailed();
      })
      .finally(() => {
        this.saving = null;
      });
  }

  private async saveAll(): Promise<void> {
    while (this.unsaved.size > 0) {
      const sent = [...this.unsaved.values()];
      this.unsaved.clear();
      await this.save(sent);
    }
  }
}
