import {
  DealCreatedV1,
  readEvent,
  StageChangedV1,
  StageEnteredV1,
  StatusChangedV1,
  type ContactSnapshot,
  type DealSnapshot,
  type DealStatus,
  type Label,
  type Person,
} from '@ponte/contracts';
import type { ReceivedRecord } from '@ponte/event-log';
import type { Snapshot } from '@ponte/mapping';

/** What happened to the deal, for each trigger. */
export type Change =
  | { readonly kind: 'DealCreated' }
  | { readonly kind: 'StageEntered'; readonly from: Label | null; readonly stage: Label }
  | { readonly kind: 'StageChanged'; readonly from: Label; readonly to: Label }
  | { readonly kind: 'StatusChanged'; readonly from: DealStatus; readonly to: DealStatus };

export type TriggerKind = Change['kind'];

/** An event that outbound integrations may fire for, with the deal and the contact as they were after it. */
export interface TriggerEvent {
  readonly id: string;
  readonly workspaceId: string;
  /** In its partition of ponte.deals.v1. */
  readonly position: number;
  readonly time: Date;
  readonly hops: number;
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly change: Change;
  readonly deal: DealSnapshot;
  readonly contact: ContactSnapshot;
  readonly person: Person;
}

/**
 * Reads a record as one that triggers something; null where it doesn't.
 *
 * @throws ContractViolation
 */
export function toTriggerEvent(record: ReceivedRecord): TriggerEvent | null {
  switch (record.type) {
    case DealCreatedV1.type:
      return eventOf(record, readEvent(DealCreatedV1, parse(record)), () => ({ kind: 'DealCreated' }));
    case StageEnteredV1.type:
      return eventOf(record, readEvent(StageEnteredV1, parse(record)), ({ change: { stage, from } }) => ({
        kind: 'StageEntered',
        stage,
        from,
      }));
    case StageChangedV1.type:
      return eventOf(record, readEvent(StageChangedV1, parse(record)), ({ change: { from, to } }) => ({
        kind: 'StageChanged',
        from,
        to,
      }));
    case StatusChangedV1.type:
      return eventOf(record, readEvent(StatusChangedV1, parse(record)), ({ change: { from, to } }) => ({
        kind: 'StatusChanged',
        from,
        to,
      }));
    default:
      return null;
  }
}

/** What a call is made from: what was true at the event. */
export function snapshotOf({ change, deal, contact, person }: TriggerEvent): Snapshot {
  const [phone] = person.phones;
  return {
    deal: {
      id: deal.id,
      title: deal.title,
      originGroup: deal.originGroup.name,
      origin: deal.origin.name,
      stage: deal.stage.name,
      status: deal.status,
      lostReason: deal.lostReason,
      owner: deal.owner?.email ?? null,
      tags: deal.tags.map((tag) => tag.name),
      customFields: deal.customFields,
      value: deal.value,
      currency: deal.currency,
      product: deal.product,
      externalId: deal.externalId,
      createdAt: deal.createdAt,
      previousStage: previousStage(change),
      previousStatus: change.kind === 'StatusChanged' ? change.from : null,
    },
    contact: {
      id: contact.id,
      name: person.name,
      email: person.emails[0] ?? null,
      phone: phone === undefined ? null : (phone.e164 ?? phone.raw),
      tags: contact.tags.map((tag) => tag.name),
      utm: person.utm,
      customFields: person.customFields,
    },
  };
}

function previousStage(change: Change): string | null {
  return change.kind === 'StageChanged' || change.kind === 'StageEntered' ? (change.from?.name ?? null) : null;
}

function parse(record: ReceivedRecord): unknown {
  return JSON.parse(record.data);
}

function eventOf<Data extends Pick<TriggerEvent, 'deal' | 'contact' | 'person'>>(
  record: ReceivedRecord,
  data: Data,
  changeOf: (data: Data) => Change,
): TriggerEvent {
  const { id, workspaceId, position, time, hops, correlationId, traceparent } = record;
  const { deal, contact, person } = data;
  return {
    ...{ id, workspaceId, position, time, hops, correlationId, traceparent },
    ...{ change: changeOf(data), deal, contact, person },
  };
}
