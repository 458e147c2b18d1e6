import type { ChainLink } from '../record.js';

/** Up to where a consumer has followed a partition. */
export interface Followed {
  /** 0: nothing yet. */
  readonly position: number;
  readonly recordId: string | null;
}

/**
 * - `apply`: the next one
 * - `skip`: known already; repeats cost nothing
 * - `gap`: something between is missing
 * - `forked`: another record than the known one stands at its position, or before this one
 */
export type Judgement = 'apply' | 'skip' | 'gap' | 'forked';

/** What a record is to a consumer that has followed its partition so far. */
export function judge(followed: Followed, record: ChainLink): Judgement {
  if (record.position < followed.position) return 'skip';
  if (record.position === followed.position) return record.id === followed.recordId ? 'skip' : 'forked';
  if (record.position > followed.position + 1) return 'gap';
  return record.predecessorId === followed.recordId ? 'apply' : 'forked';
}
