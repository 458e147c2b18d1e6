import { randomUUID } from 'node:crypto';
import { deliveryIdOf, type ClaimedDelivery, type InstanceId } from './delivery.js';

/** A claimed delivery of a lane of its own, in memory alone. */
export function claimedDelivery(over: Partial<ClaimedDelivery> = {}): ClaimedDelivery {
  return {
    id: deliveryIdOf(randomUUID(), randomUUID()),
    claimedBy: randomUUID() as InstanceId,
    workspaceId: randomUUID(),
    integrationId: randomUUID(),
    dealId: randomUUID(),
    contactId: randomUUID(),
    eventId: randomUUID(),
    trigger: 'DealCreated',
    attempts: 0,
    hops: 0,
    correlationId: randomUUID(),
    traceparent: null,
    request: { method: 'POST', url: 'https://receiver.example/', body: '{}' },
    ...over,
  };
}
