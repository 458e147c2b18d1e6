import { ContractViolation } from '@ponte/contracts';
import { RecordTooLarge, type ReceivedRecord } from '@ponte/event-log';
import type { Transaction } from '@ponte/service-kit';
import type { DomainEvent } from '../events.js';
import { workspaceId } from '../ids.js';
import { recordsOf } from '../records.js';
import { causeOf, itemCause, type ApplyContext } from './apply-records.js';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const nil = '00000000-0000-0000-0000-000000000000';

/**
 * Gives a record that can't be applied its outcome, `failed`, for each of its items: whoever waits for the outcome of
 * every position gets it, and the payload is redone as a new request.
 *
 * @param sql the transaction in which the record goes to the dead letters
 */
export function failRecord(
  sql: Transaction,
  record: ReceivedRecord,
  error: unknown,
  log: ApplyContext['log'],
): DomainEvent[] {
  const cause = causeOf(record, workspaceId(record.workspaceId));
  const events = failures(record, error, new Date().toISOString());
  log.sendAppend(
    sql,
    events.flatMap((event, item) => recordsOf([event], { ...cause, id: `${itemCause(record, item)}/failed` })),
  );
  return events;
}

function failures(record: ReceivedRecord, error: unknown, appliedAt: string): DomainEvent[] {
  const { requestId, integrationId, items } = readLeniently(record);
  return Array.from({ length: items }, (_, item) => ({
    kind: 'InboundApplied',
    data: {
      ...{ requestId, integrationId, item, items, appliedAt },
      inbound: { partition: record.partition, position: record.position },
      outcome: 'failed',
      reason: reasonOf(error),
      ...{ contactId: null, dealId: null, matchedBy: null, conflict: null, warnings: [] },
    },
  }));
}

function reasonOf(error: unknown): string {
  if (error instanceof RecordTooLarge) return 'too_large';
  return error instanceof ContractViolation || error instanceof SyntaxError ? 'unreadable' : 'internal_error';
}

/** What its outcome must say, from a record that may not be what its type promises. */
function readLeniently(record: ReceivedRecord): { requestId: string; integrationId: string; items: number } {
  const data = parsed(record.data);
  const items: unknown = data['items'];
  return {
    requestId: uuidIn(data['requestId']) ?? uuidIn(record.subject) ?? record.id,
    integrationId: uuidIn(data['integrationId']) ?? nil,
    items: Array.isArray(items) ? Math.max(1, items.length) : 1,
  };
}

function parsed(json: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(json);
    return typeof data === 'object' && data !== null ? { ...data } : {};
  } catch {
    return {};
  }
}

function uuidIn(text: unknown): string | null {
  return typeof text === 'string' ? (uuid.exec(text)?.[0] ?? null) : null;
}
