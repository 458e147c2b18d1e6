import type { LogRecord } from '@ponte/event-log';
import type { Transaction } from '@ponte/service-kit';
import { changesNothing, readDomainEvent } from '../events.js';
import { workspaceId } from '../ids.js';
import { noteCreations } from '../records.js';
import type { CatalogueCache } from './catalogue-cache.js';
import { loadForEvents } from './load-for-events.js';
import { writeProjections } from './write.js';

/** What of a record decides what it changes. */
export type ProjectedRecord = Pick<LogRecord, 'type' | 'workspaceId' | 'subject' | 'time' | 'data' | 'position'>;

/**
 * Evolves records of the deals log into the projections, through the working set and the writing that live processing
 * uses. The number of statements does not depend on the number of records.
 *
 * @param sql a transaction that holds the heads of their partitions, or tables that nobody else writes
 * @param records in order of partition and position, the next ones after those that the projections know
 * @throws ContractViolation, SyntaxError for a record that is not what its type says, and an Error for an unknown type
 */
export async function projectRecords(
  sql: Transaction,
  records: readonly ProjectedRecord[],
  cache: CatalogueCache,
): Promise<void> {
  const told = records
    .filter((record) => !changesNothing(record.type))
    .map((record) => ({
      record,
      workspaceId: workspaceId(record.workspaceId),
      event: readDomainEvent(record.type, record.data),
    }));
  if (told.length === 0) return;
  const sets = await loadForEvents(sql, told, cache);
  for (const { workspaceId, event, record } of told) sets.get(workspaceId)?.evolve([event], record.time.toISOString());
  noteCreations(sets, records);
  writeProjections(sql, [...sets.values()], cache);
}
