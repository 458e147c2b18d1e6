import Type, { type Static } from 'typebox';
import { defineEvent } from '../define-event.js';
import {
  ContactSnapshot,
  DealSnapshot,
  DealStatus,
  Instant,
  Label,
  Nullable,
  Owner,
  Person,
  Uuid,
  Warning,
} from '../values.js';

const topic = 'ponte.deals.v1';

/** The four triggers and the updates carry the deal and the contact as they were after the event. */
const afterwards = { deal: DealSnapshot, contact: ContactSnapshot, person: Person };

export const DealCreatedV1 = defineEvent({
  topic,
  type: 'DealCreated',
  version: 1,
  data: Type.Object({ ...afterwards }),
});
export type DealCreatedV1 = Static<typeof DealCreatedV1.data>;

/** A deal came to be in a stage: at its birth, or by a move. */
export const StageEnteredV1 = defineEvent({
  topic,
  type: 'StageEntered',
  version: 1,
  data: Type.Object({ change: Type.Object({ stage: Label, from: Nullable(Label) }), ...afterwards }),
});
export type StageEnteredV1 = Static<typeof StageEnteredV1.data>;

/** A move, and only a move. */
export const StageChangedV1 = defineEvent({
  topic,
  type: 'StageChanged',
  version: 1,
  data: Type.Object({ change: Type.Object({ from: Label, to: Label }), ...afterwards }),
});
export type StageChangedV1 = Static<typeof StageChangedV1.data>;

export const StatusChangedV1 = defineEvent({
  topic,
  type: 'StatusChanged',
  version: 1,
  data: Type.Object({
    change: Type.Object({ from: DealStatus, to: DealStatus, lostReason: Nullable(Type.String()) }),
    ...afterwards,
  }),
});
export type StatusChangedV1 = Static<typeof StatusChangedV1.data>;

/** Fields of a deal changed; `change.fields` names them (`value`, `product`, `customFields.<key>` …). */
export const DealUpdatedV1 = defineEvent({
  topic,
  type: 'DealUpdated',
  version: 1,
  data: Type.Object({ change: Type.Object({ fields: Type.Array(Type.String()) }), ...afterwards }),
});
export type DealUpdatedV1 = Static<typeof DealUpdatedV1.data>;

export const DealTaggedV1 = defineEvent({
  topic,
  type: 'DealTagged',
  version: 1,
  data: Type.Object({
    dealId: Uuid,
    contactId: Uuid,
    change: Type.Object({ added: Type.Array(Label), removed: Type.Array(Label) }),
  }),
});
export type DealTaggedV1 = Static<typeof DealTaggedV1.data>;

export const OwnerChangedV1 = defineEvent({
  topic,
  type: 'OwnerChanged',
  version: 1,
  data: Type.Object({
    dealId: Uuid,
    contactId: Uuid,
    change: Type.Object({ from: Nullable(Owner), to: Nullable(Owner) }),
  }),
});
export type OwnerChangedV1 = Static<typeof OwnerChangedV1.data>;

export const ContactCreatedV1 = defineEvent({
  topic,
  type: 'ContactCreated',
  version: 1,
  data: Type.Object({ contact: ContactSnapshot, person: Person }),
});
export type ContactCreatedV1 = Static<typeof ContactCreatedV1.data>;

/** Fields of a contact changed; `change.fields` names them (`name`, `emails`, `phones`, `utm.source`, `customFields.<key>` …). */
export const ContactUpdatedV1 = defineEvent({
  topic,
  type: 'ContactUpdated',
  version: 1,
  data: Type.Object({
    change: Type.Object({ fields: Type.Array(Type.String()) }),
    contact: ContactSnapshot,
    person: Person,
  }),
});
export type ContactUpdatedV1 = Static<typeof ContactUpdatedV1.data>;

export const ContactTaggedV1 = defineEvent({
  topic,
  type: 'ContactTagged',
  version: 1,
  data: Type.Object({
    contactId: Uuid,
    change: Type.Object({ added: Type.Array(Label), removed: Type.Array(Label) }),
  }),
});
export type ContactTaggedV1 = Static<typeof ContactTaggedV1.data>;

export const Outcome = Type.Union([
  Type.Literal('created'),
  Type.Literal('updated'),
  Type.Literal('unchanged'),
  Type.Literal('ignored'),
  Type.Literal('rejected'),
  Type.Literal('failed'),
]);
export type Outcome = Static<typeof Outcome>;

/**
 * What became of one item of a payload: the last event of that item's cause. It carries the payload's partition and
 * position, so that ingress can prove that an outcome arrives for every payload that it published.
 */
export const InboundAppliedV1 = defineEvent({
  topic,
  type: 'InboundApplied',
  version: 1,
  data: Type.Object({
    requestId: Uuid,
    integrationId: Uuid,
    inbound: Type.Object({ partition: Type.Integer({ minimum: 0 }), position: Type.Integer({ minimum: 1 }) }),
    /** The item's index, and how many the payload has: the outcome of the last one closes the payload. */
    item: Type.Integer({ minimum: 0 }),
    items: Type.Integer({ minimum: 1 }),
    outcome: Outcome,
    /** `no_match`, `no_identity`, `unknown_origin` …: a code; null where the outcome says it all. */
    reason: Nullable(Type.String()),
    contactId: Nullable(Uuid),
    dealId: Nullable(Uuid),
    /** How the contact was found; null where none was, or a new one was made. */
    matchedBy: Nullable(Type.Union([Type.Literal('email'), Type.Literal('phone'), Type.Literal('email_and_phone')])),
    /** E-mail and phone belong to different contacts: the one that was taken, and the one that keeps what it owns. */
    conflict: Nullable(Type.Object({ taken: Uuid, other: Uuid })),
    warnings: Type.Array(Warning),
    appliedAt: Instant,
  }),
});
export type InboundAppliedV1 = Static<typeof InboundAppliedV1.data>;
