import { KafkaError, type Kafka } from '@ponte/kafka';
import type { BatchEnd } from './batch-ends.js';

/** A relay looks so often whether the topic still ends where it left it. */
const WATCH_MS = 10_000;

/**
 * Where the topic's partitions end, as far as this relay knows. Nobody tells a relay that its topic was recreated or cut
 * off, or that something else wrote to it, and consumers that were behind would wait for ever without a word.
 */
export class TopicEnds {
  private readonly ends = new Map<number, bigint>();
  private lookedAt = performance.now();

  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
    private readonly watchMs = WATCH_MS,
  ) {}

  /** To be called before a check compares the topic: what comes after that is to be noticed. */
  async note(): Promise<void> {
    this.ends.clear();
    for (const [partition, { high }] of (await this.offsets()) ?? []) this.ends.set(partition, high);
  }

  sent(batches: readonly BatchEnd[]): void {
    for (const { partition, offset } of batches) this.ends.set(partition, offset + 1n);
  }

  /** Looks when it is time to. Resolves to whether a partition ends elsewhere now; false when Kafka does not answer. */
  async moved(): Promise<boolean> {
    if (performance.now() - this.lookedAt < this.watchMs) return false;
    const offsets = await this.offsets();
    if (offsets === null) return false;
    return [...this.ends].some(([partition, end]) => offsets.get(partition)?.high !== end);
  }

  private async offsets() {
    this.lookedAt = performance.now();
    try {
      return await this.kafka.offsets(this.topic);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      return error.kind === 'topic_missing' ? new Map<number, { high: bigint }>() : null;
    }
  }
}
