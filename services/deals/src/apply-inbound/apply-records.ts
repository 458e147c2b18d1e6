import type { EventLog, NewRecord, ReceivedRecord } from '@ponte/event-log';
import { childOf, type Sql } from '@ponte/service-kit';
import type { DomainEvent } from '../events.js';
import type { WorkspaceId } from '../ids.js';
import type { CatalogueCache } from '../projections/catalogue-cache.js';
import { loadForInbound } from '../projections/load-for-inbound.js';
import type { WorkingSet } from '../projections/working-set.js';
import { writeProjections } from '../projections/write.js';
import { noteCreations, recordsOf, type Cause } from '../records.js';
import { decideItem, refuse } from './decide.js';
import { readInbound, type Inbound } from './read-inbound.js';

/** What applying needs of the log of deals. */
export type DealsLog = Pick<EventLog, 'append'>;

/**
 * Applies inbound records in the caller's transaction, which holds the heads of their workspaces' partitions: reads what is known of whom they may mean, decides one
 * after the other in memory, appends, and writes the projections. The number of statements does not depend on the number
 * of records.
 *
 * @throws for a record that can't be read or applied: nothing of the call is to be committed then
 */
export async function applyRecords(
  sql: Sql,
  records: readonly ReceivedRecord[],
  log: DealsLog,
  cache: CatalogueCache,
): Promise<DomainEvent[]> {
  const inbound = records.map(readInbound);
  const sets = await loadForInbound(sql, inbound, cache);
  const appliedAt = new Date().toISOString();
  const decided = inbound.map((one) => decideRecord(one, sets.get(one.workspaceId), appliedAt));
  const appended = await log.append(
    sql,
    decided.flatMap((one) => one.records),
  );
  noteCreations(sets, appended);
  await writeProjections(sql, [...sets.values()], cache);
  return decided.flatMap((one) => one.events);
}

interface Decided {
  readonly events: DomainEvent[];
  readonly records: NewRecord[];
}

/** Decides a record's items one after the other, each on what the ones before it left. */
function decideRecord(
  { record, workspaceId, inbound }: Inbound,
  set: WorkingSet | undefined,
  appliedAt: string,
): Decided {
  const now = record.time.toISOString();
  const source = { partition: record.partition, position: record.position };
  const decided: Decided = { events: [], records: [] };
  const take = (cause: string, events: DomainEvent[]) => {
    set?.evolve(events, now);
    decided.events.push(...events);
    decided.records.push(...recordsOf(events, { ...causeOf(record, workspaceId), id: cause }));
  };
  const told = { inbound, source, appliedAt };
  if (inbound.items.length === 0) {
    take(itemCause(record, 0), refuse({ ...told, item: { index: 0, warnings: [] } }, 'ignored', 'no_items'));
  }
  for (const [at, item] of inbound.items.entries()) {
    const person = inbound.person.items[at];
    if (!person) throw new Error('An item has no person');
    const cause = itemCause(record, item.index);
    const known = set?.exists ? set : null;
    const apply = { ...told, item, person, cause, now };
    take(cause, known ? decideItem(apply, known) : refuse(apply, 'rejected', 'unknown_workspace'));
  }
  return decided;
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
