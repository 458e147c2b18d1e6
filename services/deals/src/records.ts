import { eventId, type LogRecord, type NewRecord } from '@ponte/event-log';
import { subjectOf, writeDomainEvent, type DomainEvent } from './events.js';
import { dealId, type WorkspaceId } from './ids.js';
import type { WorkingSet } from './projections/working-set.js';

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

/** Tells working sets where the deals that they created came to lie in the log. */
export function noteCreations(
  sets: ReadonlyMap<WorkspaceId, WorkingSet>,
  appended: readonly Pick<LogRecord, 'type' | 'workspaceId' | 'subject' | 'position'>[],
): void {
  const byWorkspace: ReadonlyMap<string, WorkingSet> = sets;
  for (const record of appended) {
    if (record.type !== dealCreated) continue;
    byWorkspace.get(record.workspaceId)?.noteCreation(dealId(record.subject.slice('deal/'.length)), record.position);
  }
}
