import type { Checkpoint } from '../checks/judge-partition.js';
import type { LogRecord } from '../record.js';

/** The last record of a batch, and where it lies in the topic. */
export type BatchEnd = Checkpoint & { readonly offset: bigint };

/**
 * What is in the topic after a send: the last record of each partition in `records`, which are in order.
 *
 * @param baseOffsets the offset of the first record of each partition
 */
export function batchEnds(
  records: readonly Pick<LogRecord, 'partition' | 'position' | 'id'>[],
  baseOffsets: ReadonlyMap<number, bigint>,
): BatchEnd[] {
  const ends = new Map<number, BatchEnd>();
  for (const { partition, position, id } of records) {
    const offset = (ends.get(partition)?.offset ?? baseOf(baseOffsets, partition) - 1n) + 1n;
    ends.set(partition, { partition, position, recordId: id, offset, anchored: true });
  }
  return [...ends.values()];
}

function baseOf(baseOffsets: ReadonlyMap<number, bigint>, partition: number): bigint {
  const base = baseOffsets.get(partition);
  if (base === undefined) throw new Error(`Kafka named no offset for partition ${String(partition)}`);
  return base;
}
