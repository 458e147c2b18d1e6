import { MAX_HOPS } from '@ponte/contracts';
import { buildOutgoing, toQuery, type OutgoingMapping } from '@ponte/mapping';
import { deliveryIdOf, type DeliveryRequest, type Method } from '../deliveries/delivery.js';
import type { NewDelivery } from '../deliveries/insert-deliveries.js';
import { isOwnHook } from '../deliveries/own-hooks.js';
import type { FiringRule } from './matches.js';
import { snapshotOf, type TriggerEvent } from './trigger-event.js';

/** An integration, as far as firing needs it. */
export interface FiringIntegration extends FiringRule {
  readonly id: string;
  readonly status: 'active' | 'paused';
  readonly method: Method;
  readonly url: string;
  readonly mapping: OutgoingMapping;
}

/** Why a delivery ends before its first attempt: the event came through this installation's own hooks too often. */
export const TOO_MANY_HOPS = 'too_many_hops';

/**
 * The delivery of an event by an integration. Its request is built here and kept: what is sent is what was true at the
 * event, not at the time of the call.
 */
export function buildDelivery(
  integration: FiringIntegration,
  event: TriggerEvent,
  publicUrl: string,
): Omit<NewDelivery, 'claim'> {
  return {
    id: deliveryIdOf(integration.id, event.id),
    workspaceId: event.workspaceId,
    integrationId: integration.id,
    dealId: event.deal.id,
    contactId: event.contact.id,
    eventId: event.id,
    trigger: event.change.kind,
    happenedAt: event.time,
    laneSeq: event.position,
    hops: event.hops,
    correlationId: event.correlationId,
    traceparent: event.traceparent,
    request: buildRequest(integration, event),
    failure: endsLoop(integration, event, publicUrl) ? TOO_MANY_HOPS : null,
  };
}

/** GET sends the fields in the query, POST as JSON. */
function buildRequest({ method, url, mapping }: FiringIntegration, event: TriggerEvent): DeliveryRequest {
  const fields = buildOutgoing(mapping, snapshotOf(event));
  return method === 'GET'
    ? { method, url: toQuery(fields, url), body: null }
    : { method, url, body: JSON.stringify(fields) };
}

function endsLoop(integration: FiringIntegration, event: TriggerEvent, publicUrl: string): boolean {
  return event.hops + 1 > MAX_HOPS && isOwnHook(new URL(integration.url), publicUrl);
}
