import { leastEnd, type Checkpoint } from '../checks/judge-partition.js';
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

/** The topic lost records that it had acknowledged; a check says which. */
export class TopicEndLost extends Error {
  override readonly name = 'TopicEndLost';

  constructor(partitions: readonly number[]) {
    super(
      `The topic has lost its end in partitions ${partitions.join(', ')}: what was sent lies before the checkpoint`,
    );
  }
}

/**
 * What is sent lies behind what was sent before. Otherwise the topic was recreated or truncated meanwhile, and a
 * checkpoint that follows it there would hide that from every check.
 *
 * @throws TopicEndLost
 */
export function requireBehind(
  checkpoints: ReadonlyMap<number, Checkpoint>,
  baseOffsets: ReadonlyMap<number, bigint>,
): void {
  const lost = [...baseOffsets].flatMap(([partition, base]) => {
    const checkpoint = checkpoints.get(partition);
    return checkpoint !== undefined && base < leastEnd(checkpoint) ? [partition] : [];
  });
  if (lost.length > 0) throw new TopicEndLost(lost);
}

function baseOf(baseOffsets: ReadonlyMap<number, bigint>, partition: number): bigint {
  const base = baseOffsets.get(partition);
  if (base === undefined) throw new Error(`Kafka named no offset for partition ${String(partition)}`);
  return base;
}
