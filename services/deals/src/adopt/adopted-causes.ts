import { InboundAppliedV1, readEvent } from '@ponte/contracts';
import type { LogRecord } from '@ponte/event-log';

/** An inbound record that was applied to its end. */
export interface FinishedInbound {
  readonly partition: number;
  readonly position: number;
  readonly recordId: string;
}

/** Outcomes whose records went to the dead letters, which the topic does not hold. */
const ofPoison = new Set(['unreadable', 'internal_error']);

/** What adopted records say of those that caused them. */
export interface AdoptedCauses {
  /** Of each inbound partition the last one. */
  readonly finished: readonly FinishedInbound[];
  /** Inbound records that could not be applied. */
  readonly poisoned: number;
  /** Commands that named an idempotency key: workspace, id and the position of the last event. */
  readonly commands: readonly { readonly workspaceId: string; readonly id: string; readonly position: number }[];
}

/** @param records in order of partition and position */
export function causesOf(records: readonly LogRecord[]): AdoptedCauses {
  const finished = new Map<number, FinishedInbound>();
  const commands = new Map<string, AdoptedCauses['commands'][number]>();
  let poisoned = 0;
  for (const record of records) {
    const { workspaceId, correlationId: id, causationId, position } = record;
    if (causationId === null) {
      if (isNamedByKey(id)) commands.set(id, { workspaceId, id, position });
      continue;
    }
    const closing = closingOf(record);
    if (closing === null) continue;
    finished.set(closing.inbound.partition, { ...closing.inbound, recordId: causationId });
    if (closing.outcome === 'failed' && ofPoison.has(closing.reason ?? '')) poisoned += 1;
  }
  return { finished: [...finished.values()], poisoned, commands: [...commands.values()] };
}

/** The outcome that ends an inbound record; null for any other record. */
export function closingOf(record: Pick<LogRecord, 'type' | 'data'>): InboundAppliedV1 | null {
  if (record.type !== InboundAppliedV1.type) return null;
  const outcome = readEvent(InboundAppliedV1, JSON.parse(record.data));
  return outcome.item === outcome.items - 1 ? outcome : null;
}

/** Ids of commands without a key are random (version 4), those with one are made of it (version 5). */
function isNamedByKey(id: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-5/.test(id);
}
