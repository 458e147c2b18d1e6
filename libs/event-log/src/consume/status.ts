import type { ConsumerKey } from './consumer-rows.js';
import type { Held } from './held.js';
import type { RunnerCounters } from './runner.js';
import type { ConsumerRowStatus, Stop } from './stop.js';

export interface PartitionStatus {
  readonly partition: number;
  readonly position: number;
  readonly status: ConsumerRowStatus;
  readonly stop: Stop | null;
  /** Unresolved dead letters. */
  readonly parked: number;
  /** Records in the topic that were not handed over yet, as of the last delivery. */
  readonly lagRecords: number;
  /** How old the last record is that was followed, while there are more; 0 when there are none. */
  readonly lagSeconds: number;
}

export interface LogConsumerStatus {
  readonly consumer: string;
  readonly topic: string;
  /** Those that this instance has now. */
  readonly partitions: readonly PartitionStatus[];
  /** Since this process started. `skipped` are repeats, `passedOver` types that nobody here knows. */
  readonly counters: Readonly<RunnerCounters & { skipped: number }>;
}

export function consumerStatus(
  key: ConsumerKey,
  held: readonly Held[],
  counters: LogConsumerStatus['counters'],
  now = Date.now(),
): LogConsumerStatus {
  const partitions = held.map((one): PartitionStatus => {
    const { partition, position, status, stop, parked } = one.row;
    const lagRecords = Math.max(0, Number(one.highWatermark - one.seenTo));
    const since = one.lastTime === null ? 0 : Math.max(0, now - one.lastTime.getTime()) / 1_000;
    return { partition, position, status, stop, parked, lagRecords, lagSeconds: lagRecords > 0 ? since : 0 };
  });
  return { ...key, partitions: partitions.sort((a, b) => a.partition - b.partition), counters };
}
