/** How much one flush takes, how much may wait, and for how long. */
export interface BatchLimits {
  /** Items of one flush at most. */
  maxItems: number;
  /** Bytes of one flush at most; a single larger item still goes, alone. */
  maxBytes: number;
  /** Items that may wait, those in flight included; more are refused at once. */
  maxWaitingItems: number;
  maxWaitingBytes: number;
  /** An item that has no answer after this long is given up, in ms. */
  waitMs: number;
}

/** Too much waits already: the item was refused at once and nothing was done with it. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/**
 * No answer in time. `queued`: the item never went out. `in-flight`: it went out and its fate is unknown, so a sender
 * that sends it again relies on its delivery id.
 */
export class WaitedTooLong extends Error {
  override readonly name = 'WaitedTooLong';
  constructor(readonly where: 'queued' | 'in-flight') {
    super(`no answer in time, ${where}`);
  }
}

/** Carries one batch out: one result an item, in the same order. The signal says that nobody waits for it any more. */
export type Flush<Item, Result> = (items: readonly Item[], signal: AbortSignal) => Promise<readonly Result[]>;

export interface BatcherOptions<Item, Result> {
  flush: Flush<Item, Result>;
  limits: BatchLimits;
  /** Whether a failed flush says nothing of its items (network, database away). Others are searched for the culprit. */
  isInfrastructureError(error: unknown): boolean;
  onFlush?(facts: { items: number; bytes: number; durationMs: number; succeeded: boolean }): void;
  now?(): number;
}

interface Entry<Item, Result> {
  item: Item;
  bytes: number;
  deadline: number;
  settled: boolean;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const SWEEP_MS = 50;
/** The share of its time that an item must still have to be sent. */
const LEAST_LEFT = 0.2;

/**
 * Turns many concurrent calls into few flushes: one is in flight at a time, and everything that arrives meanwhile forms
 * the next, so batches grow with the load and a lone item waits for nobody.
 *
 * A flush that fails on its data is halved until the culprit stands alone; only its own caller learns of the failure.
 */
export class MicroBatcher<Item, Result> {
  private queue: Entry<Item, Result>[] = [];
  private inFlight: Entry<Item, Result>[] = [];
  private bytes = 0;
  private running = false;
  private sweeper: NodeJS.Timeout | null = null;
  private idle: (() => void)[] = [];
  private readonly now: () => number;

  constructor(private readonly options: BatcherOptions<Item, Result>) {
    this.now = options.now ?? (() => performance.now());
  }

  /** Items without an answer, those in flight included. */
  get waiting(): { items: number; bytes: number } {
    return { items: this.queue.length + this.inFlight.length, bytes: this.bytes };
  }

  /**
   * Resolves with the item's result once its flush is through.
   *
   * @throws Overloaded at once; WaitedTooLong; or what the flush of this item failed with
   */
  add(item: Item, bytes: number): Promise<Result> {
    const { limits } = this.options;
    if (this.waiting.items >= limits.maxWaitingItems || this.bytes + bytes > limits.maxWaitingBytes) {
      return Promise.reject(new Overloaded('too much is waiting'));
    }
    this.bytes += bytes;
    return new Promise<Result>((resolve, reject) => {
      this.queue.push({ item, bytes, deadline: this.now() + limits.waitMs, settled: false, resolve, reject });
      this.start();
    });
  }

  /** Resolves when everything that waits has its answer. */
  async drained(): Promise<void> {
    if (!this.running && this.queue.length === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private start(): void {
    this.sweeper ??= setInterval(() => {
      this.sweep();
    }, SWEEP_MS);
    if (this.running) return;
    this.running = true;
    // After this turn of the event loop: requests that were read from their sockets together go out together.
    setImmediate(() => void this.run());
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.take();
      const youngest = batch.at(-1);
      if (youngest === undefined) break;
      const nobodyWaits = new AbortController();
      const timer = setTimeout(() => {
        nobodyWaits.abort();
      }, youngest.deadline - this.now());
      // A flush that hangs (its answer is lost in the network) must not hold up those behind it for ever.
      await Promise.race([this.settle(batch, nobodyWaits.signal), aborted(nobodyWaits.signal)]);
      clearTimeout(timer);
      this.sweep();
      for (const entry of batch) this.finish(entry, (it) => it.reject(new WaitedTooLong('in-flight')));
      this.inFlight = [];
    }
    this.running = false;
    if (this.sweeper !== null) clearInterval(this.sweeper);
    this.sweeper = null;
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private take(): Entry<Item, Result>[] {
    const { maxItems, maxBytes } = this.options.limits;
    let bytes = 0;
    let count = 0;
    for (const entry of this.queue) {
      if (count === maxItems || (count > 0 && bytes + entry.bytes > maxBytes)) break;
      bytes += entry.bytes;
      count += 1;
    }
    this.inFlight = this.queue.splice(0, count);
    return this.inFlight;
  }

  private async settle(batch: readonly Entry<Item, Result>[], signal: AbortSignal): Promise<void> {
    try {
      const results = await this.flush(batch, signal);
      for (const [index, entry] of batch.entries()) {
        const result = results[index];
        if (result === undefined) this.finish(entry, (it) => it.reject(new Error('the flush gave no result')));
        else this.finish(entry, (it) => it.resolve(result));
      }
    } catch (error) {
      if (batch.length === 1 || signal.aborted || this.options.isInfrastructureError(error)) {
        for (const entry of batch) this.finish(entry, (it) => it.reject(error));
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await this.settle(batch.slice(0, middle), signal);
      await this.settle(batch.slice(middle), signal);
    }
  }

  private async flush(batch: readonly Entry<Item, Result>[], signal: AbortSignal): Promise<readonly Result[]> {
    const startedAt = this.now();
    let succeeded = false;
    try {
      const results = await this.options.flush(
        batch.map((entry) => entry.item),
        signal,
      );
      succeeded = true;
      return results;
    } finally {
      this.options.onFlush?.({
        items: batch.length,
        bytes: batch.reduce((sum, entry) => sum + entry.bytes, 0),
        durationMs: this.now() - startedAt,
        succeeded,
      });
    }
  }

  /**
   * Gives up what has waited too long; what waits to go out a little earlier, since it would be written and then not be
   * acknowledged. Both are in order of arrival, so the first that may go on ends the search.
   */
  private sweep(): void {
    const now = this.now();
    for (const entry of this.inFlight) {
      if (entry.deadline > now) break;
      this.finish(entry, (it) => it.reject(new WaitedTooLong('in-flight')));
    }
    const soon = now + this.options.limits.waitMs * LEAST_LEFT;
    const kept = this.queue.findIndex((entry) => entry.deadline > soon);
    for (const entry of this.queue.splice(0, kept === -1 ? this.queue.length : kept)) {
      this.finish(entry, (it) => it.reject(new WaitedTooLong('queued')));
    }
  }

  private finish(entry: Entry<Item, Result>, answer: (entry: Entry<Item, Result>) => void): void {
    if (entry.settled) return;
    entry.settled = true;
    this.bytes -= entry.bytes;
    answer(entry);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
