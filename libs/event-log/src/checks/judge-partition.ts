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

/** What is there is compared in any case, from an offset on. */
export type PartitionVerdict =
  | { readonly kind: 'read'; readonly from: StartOffset }
  | {
      readonly kind: 'halted';
      readonly finding: Extract<Finding, { kind: 'behind' | 'unknown_past' }>;
      readonly from: StartOffset;
    };

/** What the offsets of a topic partition alone say about it, and from where its records are to be compared. */
export function judgeOffsets(checkpoint: Checkpoint, offsets: PartitionOffsets): PartitionVerdict {
  const { partition, offset, position } = checkpoint;
  const high = String(offsets.high);
  const unseen: PartitionVerdict = {
    kind: 'halted',
    finding: { kind: 'unknown_past', partition, high },
    from: offsets.low,
  };
  if (offset === null) {
    // Records that were there and are gone can't be compared with anything.
    return offsets.high > 0n && offsets.low === offsets.high ? unseen : { kind: 'read', from: 'earliest' };
  }
  const least = leastEnd(checkpoint);
  if (offsets.high < least) {
    const finding = { kind: 'behind', partition, offset: String(offset), high, position } as const;
    // Who can tell what was written since it was recreated or truncated: the log may have lost it.
    return { kind: 'halted', finding, from: offsets.low };
  }
  // Retention may have taken the checkpoint's own record, but what came after it was never compared: the log may lack it.
  if (offsets.low > least) return unseen;
  return { kind: 'read', from: offset < offsets.low ? offsets.low : offset };
}

/** Where the topic partition ends at least: what is written next can't come before it. */
export function leastEnd({ offset, anchored }: Checkpoint): bigint {
  if (offset === null) return 0n;
  return anchored ? offset + 1n : offset;
}

/** Whether a record of the topic stands where the checkpoint's own record was, and is another one. */
export function standsInPlaceOf(
  checkpoint: Checkpoint,
  record: { readonly offset: bigint; readonly position: number; readonly id: string },
): boolean {
  if (!checkpoint.anchored || checkpoint.offset !== record.offset) return false;
  return checkpoint.position !== record.position || checkpoint.recordId !== record.id;
}
