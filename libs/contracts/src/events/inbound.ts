import Type, { type Static } from 'typebox';
import { defineEvent } from '../define-event.js';
import {
  CustomFields,
  DealStatus,
  Decimal,
  Instant,
  Mode,
  Nullable,
  Phone,
  Target,
  Utm,
  Uuid,
  Warning,
} from '../values.js';

/** What arriving deals get beside what their payload says. A value mapped from the payload wins over stage, status and owner. */
export const ArrivalSettings = Type.Object({
  tags: Nullable(
    Type.Object({
      tagIds: Type.Array(Uuid),
      when: Type.Union([Type.Literal('always'), Type.Literal('on_creation')]),
    }),
  ),
  stage: Nullable(
    Type.Object({ stageId: Uuid, when: Type.Union([Type.Literal('always'), Type.Literal('on_creation')]) }),
  ),
  status: Nullable(
    Type.Object({
      status: DealStatus,
      lostReason: Nullable(Type.String()),
      when: Type.Union([Type.Literal('always'), Type.Literal('on_creation')]),
    }),
  ),
  owner: Nullable(
    Type.Object({
      ownerId: Uuid,
      when: Type.Union([Type.Literal('always'), Type.Literal('on_creation'), Type.Literal('where_none')]),
    }),
  ),
});
export type ArrivalSettings = Static<typeof ArrivalSettings>;

/** What an item says of the deal. A member that is absent or null was not mapped, and blanks nothing. */
export const InboundItem = Type.Object({
  index: Type.Integer({ minimum: 0 }),
  /** A stage's id or its label in the origin. */
  stage: Nullable(Type.String()),
  status: Nullable(DealStatus),
  lostReason: Nullable(Type.String()),
  /** An owner's e-mail. */
  owner: Nullable(Type.String()),
  title: Nullable(Type.String()),
  value: Nullable(Decimal),
  currency: Nullable(Type.String()),
  product: Nullable(Type.String()),
  externalId: Nullable(Type.String()),
  /** Labels; unknown ones are made. */
  contactTags: Type.Array(Type.String()),
  dealTags: Type.Array(Type.String()),
  customFields: CustomFields,
  warnings: Type.Array(Warning),
});
export type InboundItem = Static<typeof InboundItem>;

export const InboundPerson = Type.Object({
  index: Type.Integer({ minimum: 0 }),
  name: Nullable(Type.String()),
  emails: Type.Array(Type.String()),
  phones: Type.Array(Phone),
  utm: Utm,
  customFields: CustomFields,
});
export type InboundPerson = Static<typeof InboundPerson>;

const Hash128 = Type.String({ pattern: '^[0-9a-f]{32}$' });

/** A payload that a tool posted, made durable and mapped. The raw bytes stay with ingress. */
export const InboundReceivedV1 = defineEvent({
  topic: 'ponte.inbound.v1',
  type: 'InboundReceived',
  version: 1,
  data: Type.Object({
    requestId: Uuid,
    receivedAt: Instant,
    integrationId: Uuid,
    target: Target,
    mode: Mode,
    /** Null for a target of `contact`. */
    originId: Nullable(Uuid),
    /** Whether won and lost deals match too. */
    closedDealsMatch: Type.Boolean(),
    settings: ArrivalSettings,
    /** One of this installation's own calls: the status that arrives is always OPEN. */
    betweenOrigins: Type.Boolean(),
    items: Type.Array(InboundItem),
    /**
     * By which ingress knows a repetition again: the first 128 bits of the SHA-256 of the tool's delivery id, and of the
     * bytes. Absent where the tool named no delivery, and in records of before this member was there.
     */
    delivery: Type.Optional(Type.Object({ idHash: Hash128, bytesHash: Hash128 })),
    /** One entry an item, in the same order. */
    person: Type.Object({ items: Type.Array(InboundPerson) }),
  }),
});
export type InboundReceivedV1 = Static<typeof InboundReceivedV1.data>;
