import { fixedHeaders } from '../deliveries/delivery-headers.js';
import type { AttemptRow, DeliveryRow } from './delivery-history.js';

/** A delivery as lists show it. */
export function deliveryResource(row: DeliveryRow) {
  const { id, integrationId, dealId, contactId, eventId, trigger, status, reason, attempts } = row;
  return {
    ...{ id, integrationId, dealId, contactId, eventId, trigger, status, reason, attempts },
    nextAttemptAt: status === 'pending' ? row.dueAt.toISOString() : null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** A delivery with what was sent and every try. */
export function deliveryDetail(row: DeliveryRow, attempts: readonly AttemptRow[]) {
  const { id, method, url, body } = row;
  return {
    ...deliveryResource(row),
    request: { method, url, headers: fixedHeaders(id, method), body },
    attemptLog: attempts.map(({ number, startedAt, durationMs, statusCode, errorCode, responseBody }) => ({
      ...{ number, startedAt: startedAt.toISOString(), durationMs, statusCode },
      error: errorCode === null ? null : { code: errorCode },
      responseBody,
    })),
  };
}
