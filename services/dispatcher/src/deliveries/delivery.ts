import type { Trigger } from '@ponte/contracts';
import { v5 as uuidV5 } from 'uuid';

export type DeliveryId = string & { readonly brand: 'DeliveryId' };
export type InstanceId = string & { readonly brand: 'InstanceId' };

export type Method = 'GET' | 'POST';

/**
 * A delivery's id, which is the `webhook-id` of every try: the same event never makes two deliveries of one
 * integration, however often it is read.
 */
export function deliveryIdOf(integrationId: string, eventId: string): DeliveryId {
  return uuidV5(eventId, integrationId) as DeliveryId;
}

/** What a delivery sends: fixed at the event, since what is sent is what was true then. */
export interface DeliveryRequest {
  readonly method: Method;
  readonly url: string;
  /** JSON text; null for GET, whose fields are in the URL. */
  readonly body: string | null;
}

/** A delivery that may be tried now, by the instance that claimed it and by nobody else. */
export interface ClaimedDelivery {
  readonly id: DeliveryId;
  readonly claimedBy: InstanceId;
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly dealId: string;
  readonly contactId: string;
  readonly eventId: string;
  readonly trigger: Trigger;
  /** Attempts made before this one. */
  readonly attempts: number;
  /** How often the event's cause came out of this installation and in again. */
  readonly hops: number;
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly request: DeliveryRequest;
}
