import { eventId, type EventLog, type LogRecord, type NewRecord } from '@ponte/event-log';
import { subjectOf, writeDomainEvent, type DomainEvent } from './events.js';
import { dealId, type WorkspaceId } from './ids.js';
import type { Creation, WorkingSet } from './projections/working-set.js';

/** What the events of one cause have in common. */
export interface Cause {
  readonly workspaceId: WorkspaceId;
  /** Ids of the events are made of it and their index. */
  readonly id: string;
  readonly time: Date;
  readonly correlationId: string;
  /** The record that caused them; null for an API command. */
  readonly causationId: string | null;
  readonly traceparent: string | null;
  readonly hops: number;
}

/** Events as records to append, checked against their contracts. @throws ContractViolation */
export function recordsOf(events: readonly DomainEvent[], cause: Cause): NewRecord[] {
  const { id, ...common } = cause;
  return events.map((event, index) => ({
    ...common,
    ...writeDomainEvent(event),
    id: eventId(id, index),
    subject: subjectOf(event),
  }));
}

const dealCreated = 'ponte.DealCreated.v1';

/** What of a record tells whether it creates a deal, and which. */
type SubjectRecord = Pick<LogRecord, 'type' | 'workspaceId' | 'subject'>;

/** Tells working sets where the deals that they created came to lie in the log. */
export function noteCreations(
  sets: ReadonlyMap<WorkspaceId, WorkingSet>,
  appended: readonly (SubjectRecord & Pick<LogRecord, 'position'>)[],
): void {
  for (const record of appended) noteCreation(sets, record, { kind: 'at', position: record.position });
}

/** Tells working sets where the deals that they created will lie, once these records are appended. */
export function noteCreationsToCome(
  sets: ReadonlyMap<WorkspaceId, WorkingSet>,
  records: readonly SubjectRecord[],
  log: Pick<EventLog, 'partitionOf'>,
): void {
  const numbers = new Map<number, number>();
  for (const record of records) {
    const partition = log.partitionOf(record.workspaceId);
    const nth = (numbers.get(partition) ?? 0) + 1;
    numbers.set(partition, nth);
    noteCreation(sets, record, { kind: 'after_head', partition, nth });
  }
}

function noteCreation(sets: ReadonlyMap<string, WorkingSet>, record: SubjectRecord, creation: Creation): void {
  if (record.type !== dealCreated) return;
  sets.get(record.workspaceId)?.noteCreation(dealId(record.subject.slice('deal/'.length)), creation);
}
