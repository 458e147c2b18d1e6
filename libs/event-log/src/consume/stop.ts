import type { Unreadable } from '../headers.js';
import type { ReceivedRecord } from '../record.js';
import type { Followed } from './judge.js';

export type StopStatus = 'gap' | 'forked' | 'unknown_version' | 'poisoned';
export type ConsumerRowStatus = 'running' | StopStatus;

/** What stood where another record was expected. No data: positions, ids and types alone. */
export type Found =
  | {
      readonly kind: 'record';
      readonly offset: string;
      readonly position: number;
      readonly id: string;
      readonly predecessorId: string | null;
      readonly type: string;
      readonly time: string;
    }
  | { readonly kind: 'unreadable'; readonly offset: string; readonly header: string };

/** Why a partition stopped, as the row keeps it for an operator. */
export interface Stop {
  readonly status: StopStatus;
  /** The last record that was followed. */
  readonly after: { readonly position: number; readonly recordId: string | null };
  readonly found: Found;
  readonly detail: string;
}

export function foundOf(read: ReceivedRecord | Unreadable): Found {
  if ('kind' in read) return { kind: 'unreadable', offset: String(read.offset), header: read.header };
  const { position, id, predecessorId, type, time } = read;
  return { kind: 'record', offset: String(read.offset), position, id, predecessorId, type, time: time.toISOString() };
}

export function stopAt(
  status: StopStatus,
  { position, recordId }: Followed,
  read: ReceivedRecord | Unreadable,
  detail: string,
): Stop {
  return { status, after: { position, recordId }, found: foundOf(read), detail };
}
