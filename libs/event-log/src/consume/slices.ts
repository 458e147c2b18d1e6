import type { PartitionBatch } from '@ponte/kafka';
import { fromKafka } from '../headers.js';
import type { Waiting } from './plan.js';

/** What was handed over of one partition and is not settled yet. */
export class PartitionQueue {
  readonly partition: number;
  readonly highWatermark: bigint;
  private at = 0;

  constructor(private readonly batch: PartitionBatch) {
    this.partition = batch.partition;
    this.highWatermark = batch.highWatermark;
  }

  get empty(): boolean {
    return this.at >= this.batch.records.length;
  }

  /** The next records, at least one, as many as fit. They stay until `advance`. */
  peek(records: number, bytes: number): Waiting[] {
    const waiting: Waiting[] = [];
    let size = 0;
    for (const incoming of this.batch.records.slice(this.at, this.at + records)) {
      size += incoming.value?.length ?? 0;
      if (waiting.length > 0 && size > bytes) break;
      waiting.push({ incoming, read: fromKafka(incoming) });
    }
    return waiting;
  }

  /** @returns one past the offset of the last record that is settled now */
  advance(records: number): bigint {
    this.at += records;
    return (this.batch.records[this.at - 1]?.offset ?? -1n) + 1n;
  }

  /** The rest comes again, or not at all. */
  drop(): void {
    this.at = this.batch.records.length;
  }
}

/** What one transaction takes of one partition. */
export interface Slice {
  readonly queue: PartitionQueue;
  readonly waiting: readonly Waiting[];
}

/** As much of each partition as one transaction takes, in ascending partitions; each has its share of the bytes. */
export function takeSlices(queues: readonly PartitionQueue[], maxRecords: number, maxBytes: number): Slice[] {
  const share = Math.floor(maxBytes / Math.max(1, queues.length));
  return [...queues]
    .sort((a, b) => a.partition - b.partition)
    .map((queue) => ({ queue, waiting: queue.peek(maxRecords, share) }));
}
