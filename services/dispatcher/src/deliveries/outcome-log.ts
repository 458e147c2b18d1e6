import { DeliveryFailedV1, DeliverySucceededV1, writeEvent, type Trigger } from '@ponte/contracts';
import { eventId, type EventLog, type NewRecord } from '@ponte/event-log';
import type { FinishedDelivery, OutcomeLog } from './results.js';

/** A delivery whose end is told. */
export interface Ended {
  readonly id: string;
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly eventId: string;
  readonly trigger: Trigger;
  readonly dealId: string;
  readonly contactId: string;
  readonly hops: number;
  readonly correlationId: string;
  readonly traceparent: string | null;
}

/** How it ended. */
export type End = { readonly kind: 'succeeded' } | { readonly kind: 'failed'; readonly reason: string };

/**
 * The record of a delivery's end. Its id is made from the delivery and the number of attempts: a delivery that is taken
 * up again after it failed may end a second time.
 */
export function recordOf(
  delivery: Ended,
  end: End,
  attempts: number,
  statusCode: number | null,
  finishedAt: Date,
): NewRecord {
  const data = {
    deliveryId: delivery.id,
    integrationId: delivery.integrationId,
    eventId: delivery.eventId,
    trigger: delivery.trigger,
    dealId: delivery.dealId,
    contactId: delivery.contactId,
    attempts,
    statusCode,
    finishedAt: finishedAt.toISOString(),
  };
  return {
    id: eventId(delivery.id, attempts),
    type: end.kind === 'succeeded' ? DeliverySucceededV1.type : DeliveryFailedV1.type,
    workspaceId: delivery.workspaceId,
    subject: `delivery/${delivery.id}`,
    time: finishedAt,
    data:
      end.kind === 'succeeded'
        ? writeEvent(DeliverySucceededV1, data)
        : writeEvent(DeliveryFailedV1, { ...data, reason: end.reason }),
    correlationId: delivery.correlationId,
    causationId: delivery.eventId,
    traceparent: delivery.traceparent,
    hops: delivery.hops,
  };
}

/** Tells the ends of deliveries on ponte.deliveries.v1. */
export function outcomeLog(log: EventLog): OutcomeLog {
  return {
    append: (finished, finishedAt) => log.appendArguments(finished.map((one) => recordOfFinished(one, finishedAt))),
    committed: (finished) => {
      log.committed(finished.length);
    },
  };
}

function recordOfFinished({ delivery, attempt, next }: FinishedDelivery, finishedAt: Date): NewRecord {
  const statusCode = attempt.outcome.kind === 'answered' ? attempt.outcome.statusCode : null;
  return recordOf(delivery, next, delivery.attempts + 1, statusCode, finishedAt);
}
