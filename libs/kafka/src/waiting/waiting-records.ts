import type { IncomingRecord, StartOffset } from '../port.js';

/** The records of one partition, in order, that were waiting when the call was made. */
export interface PartitionBatch {
  partition: number;
  records: readonly IncomingRecord[];
  /** The offset that the next record of the partition would have got when these were fetched. */
  highWatermark: bigint;
}

/**
 * What the transport hands to a handler. One call at a time:
 *
 * - `assigned` before any record of the partitions; the handler awaits its seeks in it
 * - `records`: everything that is waiting, over all of the instance's partitions of the topic, in ascending partitions
 * - `revoked`: the partitions belong to this instance no longer; nothing of them is handed over until assigned again
 *
 * A rejected promise means that the infrastructure failed: the same is handed over again after a while. What is wrong
 * with a record itself is for the handler to settle.
 */
export type WaitingRecords =
  | { kind: 'assigned'; topic: string; partitions: readonly number[]; control: PartitionControl }
  | { kind: 'records'; topic: string; batches: readonly PartitionBatch[]; control: PartitionControl }
  | { kind: 'revoked'; topic: string; partitions: readonly number[] };

/**
 * Steers the partitions of one topic for as long as they are assigned. It may be kept and used outside of a call. For a
 * partition that is not this instance's any more, every method does nothing.
 */
export interface PartitionControl {
  /**
   * Goes on at `offset`, or at the first record that is still there where the offset is gone. Records that were fetched
   * before, also those of the call in hand, count as not handed over.
   *
   * @throws KafkaError `invalid` for a negative offset; any kind when the first offset is asked for and no broker tells it
   */
  seek(partition: number, offset: StartOffset): Promise<void>;
  /**
   * No more records of the partition until `resume`. Records that were fetched before, also those of the call in hand,
   * count as not handed over and come again after it.
   */
  pause(partition: number): void;
  resume(partition: number): void;
  /** False once the partition is revoked or the consumer stops: work in hand for it should not go on. */
  isCurrent(partition: number): boolean;
  /** Notes the group's offset. Advisory: sent in the background about once a second, and lost without harm. */
  commit(partition: number, nextOffset: bigint): void;
}
