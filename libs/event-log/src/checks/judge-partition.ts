import type { PartitionOffsets, StartOffset } from '@ponte/kafka';
import type { Finding } from './check-report.js';

/** Up to where a partition is known to be in the topic. */
export interface Checkpoint {
  readonly partition: number;
  readonly position: number;
  readonly recordId: string | null;
  /** Where a check begins to read; null: at the earliest record. */
  readonly offset: bigint | null;
  /** Whether the record at `offset` is the one at `position`; not so after a republish. */
  readonly anchored: boolean;
}

export type PartitionVerdict = { kind: 'read'; from: StartOffset } | { kind: 'halted'; finding: Finding };

/** What the offsets of a topic partition alone say about it, and from where its records are to be compared. */
export function judgeOffsets(checkpoint: Checkpoint, offsets: PartitionOffsets): PartitionVerdict {
  const { partition, offset, anchored, position } = checkpoint;
  if (offset === null) {
    // Records that were there and are gone can't be compared with anything.
    if (offsets.high > 0n && offsets.low === offsets.high) {
      return { kind: 'halted', finding: { kind: 'unknown_past', partition, high: String(offsets.high) } };
    }
    return { kind: 'read', from: 'earliest' };
  }
  const least = anchored ? offset + 1n : offset;
  if (offsets.high < least) {
    const finding: Finding = {
      kind: 'behind',
      partition,
      offset: String(offset),
      high: String(offsets.high),
      position,
    };
    return { kind: 'halted', finding };
  }
  // Retention may have taken the record: then what is left is compared, if anything is.
  return { kind: 'read', from: offset < offsets.low ? offsets.low : offset };
}

/** Whether a record of the topic stands where the checkpoint's own record was, and is another one. */
export function standsInPlaceOf(
  checkpoint: Checkpoint,
  record: { readonly offset: bigint; readonly position: number; readonly id: string },
): boolean {
  if (!checkpoint.anchored || checkpoint.offset !== record.offset) return false;
  return checkpoint.position !== record.position || checkpoint.recordId !== record.id;
}
