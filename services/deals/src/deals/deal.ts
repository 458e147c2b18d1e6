import type {
  CustomFields,
  DealCreatedV1,
  DealSnapshot,
  DealStatus,
  DealTaggedV1,
  DealUpdatedV1,
  OwnerChangedV1,
  StageChangedV1,
  StageEnteredV1,
  StatusChangedV1,
} from '@ponte/contracts';
import { entry, labelOf, ownerLabel, tagLabels, type Catalogue } from '../catalogue/catalogue.js';
import { contactSnapshot, personOf, retag, type Contact } from '../contacts/contact.js';
import { contactId, dealId, type ContactId, type DealId } from '../ids.js';

export type DealEvent =
  | { kind: 'DealCreated'; data: DealCreatedV1 }
  | { kind: 'StageEntered'; data: StageEnteredV1 }
  | { kind: 'StageChanged'; data: StageChangedV1 }
  | { kind: 'StatusChanged'; data: StatusChangedV1 }
  | { kind: 'DealUpdated'; data: DealUpdatedV1 }
  | { kind: 'DealTagged'; data: DealTaggedV1 }
  | { kind: 'OwnerChanged'; data: OwnerChangedV1 };

/** A deal refers to its catalogue by ids: an event that is made later carries the labels of its own moment. */
export interface Deal {
  readonly id: DealId;
  readonly contactId: ContactId;
  readonly originId: string;
  readonly stageId: string;
  readonly status: DealStatus;
  /** Only ever with `LOST`. */
  readonly lostReason: string | null;
  readonly ownerId: string | null;
  readonly title: string | null;
  /** In the currency's major unit. */
  readonly value: string | null;
  readonly currency: string | null;
  readonly product: string | null;
  readonly externalId: string | null;
  readonly tagIds: readonly string[];
  readonly customFields: CustomFields;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/**
 * @param at the event's time, RFC 3339
 * @throws where an event speaks of a deal that no event created
 */
export function evolveDeal(state: Deal | null, event: DealEvent, at: string): Deal {
  if (event.kind === 'DealCreated') return { ...fieldsOf(event.data.deal), ...placeOf(event.data.deal), updatedAt: at };
  if (!state) throw new Error(`${event.kind} came before DealCreated`);
  switch (event.kind) {
    case 'StageEntered':
      return { ...state, stageId: event.data.change.stage.id, updatedAt: at };
    case 'StageChanged':
      return { ...state, stageId: event.data.change.to.id, updatedAt: at };
    case 'StatusChanged':
      return { ...state, status: event.data.change.to, lostReason: event.data.change.lostReason, updatedAt: at };
    case 'DealUpdated':
      return { ...state, ...fieldsOf(event.data.deal), updatedAt: at };
    case 'DealTagged':
      return { ...state, tagIds: retag(state.tagIds, event.data.change), updatedAt: at };
    case 'OwnerChanged':
      return { ...state, ownerId: event.data.change.to?.id ?? null, updatedAt: at };
  }
}

/** The deal that an event is about. */
export function dealIdOf(event: DealEvent): DealId {
  return dealId(event.kind === 'DealTagged' || event.kind === 'OwnerChanged' ? event.data.dealId : event.data.deal.id);
}

function fieldsOf(deal: DealSnapshot) {
  const { title, value, currency, product, externalId, customFields, lostReason } = deal;
  return { title, value, currency, product, externalId, customFields, lostReason };
}

function placeOf(deal: DealSnapshot) {
  return {
    id: dealId(deal.id),
    contactId: contactId(deal.contactId),
    originId: deal.origin.id,
    stageId: deal.stage.id,
    status: deal.status,
    ownerId: deal.owner?.id ?? null,
    tagIds: deal.tags.map((tag) => tag.id),
    createdAt: deal.createdAt,
  };
}

export function dealSnapshot(deal: Deal, catalogue: Catalogue): DealSnapshot {
  const origin = entry(catalogue.origins, deal.originId, 'origin');
  return {
    ...{ id: deal.id, contactId: deal.contactId, status: deal.status, createdAt: deal.createdAt },
    originGroup: labelOf(entry(catalogue.groups, origin.groupId, 'origin group')),
    origin: labelOf(origin),
    stage: labelOf(entry(catalogue.stages, deal.stageId, 'stage')),
    lostReason: deal.lostReason,
    owner: deal.ownerId === null ? null : ownerLabel(entry(catalogue.owners, deal.ownerId, 'owner')),
    title: deal.title,
    value: deal.value,
    currency: deal.currency,
    product: deal.product,
    externalId: deal.externalId,
    tags: tagLabels(catalogue, deal.tagIds),
    customFields: deal.customFields,
  };
}

/** What surrounds a deal, and is written into its events. */
export interface Surroundings {
  readonly catalogue: Catalogue;
  readonly contact: Contact;
}

/** The deal and its contact as they are after an event, with the labels of this moment. */
export function afterwards(deal: Deal, { catalogue, contact }: Surroundings): DealCreatedV1 {
  return {
    deal: dealSnapshot(deal, catalogue),
    contact: contactSnapshot(contact, catalogue),
    person: personOf(contact),
  };
}
