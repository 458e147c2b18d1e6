import { recordFits, type EventLog, type NewRecord, type ReceivedRecord } from '@ponte/event-log';
import { childOf, type Sql, type Transaction } from '@ponte/service-kit';
import type { DomainEvent } from '../events.js';
import type { WorkspaceId } from '../ids.js';
import type { CatalogueCache } from '../projections/catalogue-cache.js';
import { loadForInbound } from '../projections/load-for-inbound.js';
import type { WorkingSet } from '../projections/working-set.js';
import { writeProjections } from '../projections/write.js';
import { noteCreationsToCome, recordsOf, type Cause } from '../records.js';
import { decideItem, refuse } from './decide.js';
import { readInbound, type Inbound } from './read-inbound.js';

/** What applying needs beside a transaction. */
export interface ApplyContext {
  readonly log: Pick<EventLog, 'sendAppend' | 'partitionOf'>;
  readonly cache: CatalogueCache;
  /** What the log takes at most. */
  readonly maxRecordBytes: number;
}

/**
 * Applies inbound records in the caller's transaction, which holds the heads of their workspaces' partitions: reads
 * what is known of whom they may mean, decides one after the other in memory, writes the projections, and appends. The
 * number of statements does not depend on the number of records, and they take two round trips, COMMIT included.
 *
 * @returns what happened
 * @throws for a record that can't be read or applied: nothing of the call is to be committed then
 */
export async function applyRecords(
  sql: Transaction,
  records: readonly ReceivedRecord[],
  { log, cache, maxRecordBytes }: ApplyContext,
): Promise<DomainEvent[]> {
  const inbound = records.map(readInbound);
  const sets = await loadForInbound(sql, inbound, cache);
  const appliedAt = new Date().toISOString();
  const decided = inbound.flatMap((one) => decideRecord(one, sets.get(one.workspaceId), appliedAt, maxRecordBytes));
  const toAppend = decided.flatMap((one) => one.records);
  noteCreationsToCome(sets, toAppend, log);
  writeProjections(sql, [...sets.values()], cache);
  log.sendAppend(sql, toAppend);
  return decided.flatMap((one) => one.events);
}

/**
 * Decides a record again, on the state before it: all that it led to.
 *
 * @param appliedAt RFC 3339: what alone may differ from the first time
 */
export async function decideAgain(
  sql: Sql,
  record: ReceivedRecord,
  appliedAt: string,
  { cache, maxRecordBytes }: Omit<ApplyContext, 'log'>,
): Promise<NewRecord[]> {
  const inbound = readInbound(record);
  const sets = await loadForInbound(sql, [inbound], cache);
  return decideRecord(inbound, sets.get(inbound.workspaceId), appliedAt, maxRecordBytes).flatMap((one) => one.records);
}

/** What an item became, and the same as records to append. */
interface Decided {
  readonly events: readonly DomainEvent[];
  readonly records: readonly NewRecord[];
}

/** Decides a record's items one after the other, each on what the ones before it left. */
function decideRecord(
  { record, workspaceId, inbound }: Inbound,
  set: WorkingSet | undefined,
  appliedAt: string,
  maxRecordBytes: number,
): Decided[] {
  const now = record.time.toISOString();
  const told = { inbound, source: { partition: record.partition, position: record.position }, appliedAt };
  const common = causeOf(record, workspaceId);
  const known = set?.exists ? set : null;
  const decide = (index: number, events: DomainEvent[]): Decided => {
    const cause = { ...common, id: itemCause(record, index) };
    const wanted = { events, records: recordsOf(events, cause) };
    if (wanted.records.every((one) => recordFits(one, maxRecordBytes))) return wanted;
    const refused = refuse({ ...told, item: { index, warnings: [] } }, 'failed', 'too_large');
    return { events: refused, records: recordsOf(refused, cause) };
  };
  if (inbound.items.length === 0) {
    return [decide(0, refuse({ ...told, item: { index: 0, warnings: [] } }, 'ignored', 'no_items'))];
  }
  return inbound.items.map((item, at) => {
    const person = inbound.person.items[at];
    if (!person) throw new Error('An item has no person');
    const apply = { ...told, item, person, cause: itemCause(record, item.index), now };
    const decided = decide(
      item.index,
      known ? decideItem(apply, known) : refuse(apply, 'rejected', 'unknown_workspace'),
    );
    known?.evolve(decided.events, now);
    return decided;
  });
}

/** Names an item of a record among all that ever happens. */
export const itemCause = (record: ReceivedRecord, index: number) => `${record.id}/${String(index)}`;

/** What the events of a record have in common with it. */
export function causeOf(record: ReceivedRecord, workspaceId: WorkspaceId): Omit<Cause, 'id'> {
  return {
    workspaceId,
    time: record.time,
    correlationId: record.correlationId,
    causationId: record.id,
    traceparent: record.traceparent === null ? null : childOf(record.traceparent),
    hops: record.hops,
  };
}
