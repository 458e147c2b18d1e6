import Type, { type Static } from 'typebox';
import { defineEvent } from '../define-event.js';
import { Instant, Nullable, Uuid } from '../values.js';

const topic = 'ponte.deliveries.v1';

export const Trigger = Type.Union([
  Type.Literal('DealCreated'),
  Type.Literal('StageEntered'),
  Type.Literal('StageChanged'),
  Type.Literal('StatusChanged'),
]);
export type Trigger = Static<typeof Trigger>;

const delivery = {
  /** UUIDv5 of (integration, event): the `webhook-id` of every try. */
  deliveryId: Uuid,
  integrationId: Uuid,
  eventId: Uuid,
  trigger: Trigger,
  dealId: Uuid,
  contactId: Uuid,
  attempts: Type.Integer({ minimum: 0 }),
  /** The receiver's last answer; null where there was none. */
  statusCode: Nullable(Type.Integer()),
  finishedAt: Instant,
};

export const DeliverySucceededV1 = defineEvent({
  topic,
  type: 'DeliverySucceeded',
  version: 1,
  data: Type.Object({ ...delivery }),
});
export type DeliverySucceededV1 = Static<typeof DeliverySucceededV1.data>;

/** A delivery that will not be tried again by itself, with the reason. */
export const DeliveryFailedV1 = defineEvent({
  topic,
  type: 'DeliveryFailed',
  version: 1,
  data: Type.Object({ ...delivery, reason: Type.String() }),
});
export type DeliveryFailedV1 = Static<typeof DeliveryFailedV1.data>;
