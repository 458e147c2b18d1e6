export interface CommittedOffset {
  /** As the broker knows it. */
  topic: string;
  partition: number;
  /** The offset of the next record to be read. */
  offset: bigint;
}

type SendOffsets = (offsets: { topic: string; partition: number; offset: string }[]) => Promise<void>;

/**
 * The group's offsets on their way to the broker: the newest of each partition, sent together now and then. They are
 * advisory, so one that cannot be sent is simply tried again with the next, until the assignment ends.
 */
export class CommitQueue {
  private readonly pending = new Map<string, CommittedOffset>();
  private sending: Promise<void> | null = null;

  constructor(private readonly send: SendOffsets) {}

  add(committed: CommittedOffset): void {
    this.pending.set(`${committed.topic}/${String(committed.partition)}`, committed);
  }

  clear(): void {
    this.pending.clear();
  }

  /** Sends what is pending; one request at a time. Never rejects. */
  flush(): Promise<void> {
    this.sending ??= this.sendPending().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  private async sendPending(): Promise<void> {
    const sent = [...this.pending];
    if (sent.length === 0) return;
    try {
      await this.send(sent.map(([, { topic, partition, offset }]) => ({ topic, partition, offset: String(offset) })));
    } catch {
      return;
    }
    for (const [key, committed] of sent) {
      if (this.pending.get(key) === committed) this.pending.delete(key);
    }
  }
}
