import type { IncomingRecord, PartitionBatch } from '@ponte/kafka';
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

  /** How many records are not settled yet. */
  get length(): number {
    return this.batch.records.length - this.at;
  }

  /** The next records, at least one, as many as fit. They stay until `advance`. */
  peek(records: number, bytes: number): Waiting[] {
    const waiting: Waiting[] = [];
    let size = 0;
    for (const incoming of this.batch.records.slice(this.at, this.at + Math.max(1, records))) {
      size += bytesOf(incoming);
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

/**
 * As much as one transaction takes, in ascending partitions: an equal share of each partition, and what those with few
 * records leave of theirs goes to the others. At least one record of each.
 */
export function takeSlices(queues: readonly PartitionQueue[], maxRecords: number, maxBytes: number): Slice[] {
  const fewestFirst = [...queues].sort((a, b) => a.length - b.length);
  let [records, bytes] = [maxRecords, maxBytes];
  const slices = fewestFirst.map((queue, at): Slice => {
    const sharers = fewestFirst.length - at;
    const waiting = queue.peek(Math.floor(records / sharers), Math.floor(bytes / sharers));
    records -= waiting.length;
    bytes -= waiting.reduce((sum, { incoming }) => sum + bytesOf(incoming), 0);
    return { queue, waiting };
  });
  return slices.sort((a, b) => a.queue.partition - b.queue.partition);
}

const bytesOf = (record: IncomingRecord): number => record.value?.length ?? 0;
