import type { CatalogueOwner, CustomFields, DealStatus, Label, Stage } from '@ponte/contracts';
import { entry, labelOf, ownerLabel } from '../catalogue/catalogue.js';
import { mergeTexts } from '../contacts/decide.js';
import type { DealId } from '../ids.js';
import { canonicalDecimal, known, sameAmount } from '../text.js';
import { afterwards, type Deal, type DealEvent, type Surroundings } from './deal.js';

/** What is said of a deal's fields: what is null or empty says nothing, and blanks nothing. */
export interface GivenFields {
  readonly title: string | null;
  readonly value: string | null;
  readonly currency: string | null;
  readonly product: string | null;
  readonly externalId: string | null;
  readonly customFields: CustomFields;
  /** Of a deal that is and stays LOST. */
  readonly lostReason: string | null;
}

export interface NewDeal {
  readonly id: DealId;
  readonly stage: Stage;
  readonly owner: CatalogueOwner | null;
  readonly tags: readonly Label[];
  readonly given: Omit<GivenFields, 'lostReason'>;
  /** RFC 3339. */
  readonly now: string;
}

export type Birth = readonly [
  Extract<DealEvent, { kind: 'DealCreated' }>,
  Extract<DealEvent, { kind: 'StageEntered' }>,
];

/** A deal is born OPEN in its stage; another status comes after, as the change that it is. */
export function createDeal(birth: NewDeal, around: Surroundings): Birth {
  const blank: Deal = {
    id: birth.id,
    contactId: around.contact.id,
    originId: birth.stage.originId,
    stageId: birth.stage.id,
    status: 'OPEN',
    lostReason: null,
    ownerId: birth.owner?.id ?? null,
    ...{ title: null, value: null, currency: null, product: null, externalId: null, customFields: {} },
    tagIds: birth.tags.map((tag) => tag.id),
    createdAt: birth.now,
    updatedAt: birth.now,
  };
  const { deal } = mergeFields(blank, { ...birth.given, lostReason: null }, around.catalogue.workspace.currency);
  const after = afterwards(deal, around);
  return [
    { kind: 'DealCreated', data: after },
    { kind: 'StageEntered', data: { change: { stage: labelOf(birth.stage), from: null }, ...after } },
  ];
}

export function updateDeal(deal: Deal, given: GivenFields, around: Surroundings): DealEvent[] {
  const { deal: updated, fields } = mergeFields(deal, given, around.catalogue.workspace.currency);
  if (fields.length === 0) return [];
  return [{ kind: 'DealUpdated', data: { change: { fields }, ...afterwards(updated, around) } }];
}

export function tagDeal(deal: Deal, tags: readonly Label[]): DealEvent[] {
  const added = tags.filter((tag) => !deal.tagIds.includes(tag.id));
  if (added.length === 0) return [];
  const change = { added, removed: [] };
  return [{ kind: 'DealTagged', data: { dealId: deal.id, contactId: deal.contactId, change } }];
}

export function assignOwner(deal: Deal, owner: CatalogueOwner, { catalogue }: Surroundings): DealEvent[] {
  if (deal.ownerId === owner.id) return [];
  const from = deal.ownerId === null ? null : ownerLabel(entry(catalogue.owners, deal.ownerId, 'owner'));
  const change = { from, to: ownerLabel(owner) };
  return [{ kind: 'OwnerChanged', data: { dealId: deal.id, contactId: deal.contactId, change } }];
}

/** @param stage a stage of the deal's own origin */
export function moveDeal(deal: Deal, stage: Stage, around: Surroundings): DealEvent[] {
  if (deal.stageId === stage.id) return [];
  const from = labelOf(entry(around.catalogue.stages, deal.stageId, 'stage'));
  const to = labelOf(stage);
  const after = afterwards({ ...deal, stageId: stage.id }, around);
  return [
    { kind: 'StageChanged', data: { change: { from, to }, ...after } },
    { kind: 'StageEntered', data: { change: { stage: to, from }, ...after } },
  ];
}

/** A status, and with LOST why; a reason that is null says nothing. */
export interface GivenStatus {
  readonly status: DealStatus;
  readonly lostReason: string | null;
}

/** Another reason for a deal that is lost already is an update of its field, since its status does not change. */
export function changeStatus(deal: Deal, given: GivenStatus, around: Surroundings): DealEvent[] {
  const { status } = given;
  const lostReason = status === 'LOST' ? known(given.lostReason) : null;
  if (status !== deal.status) {
    const after = afterwards({ ...deal, status, lostReason }, around);
    return [{ kind: 'StatusChanged', data: { change: { from: deal.status, to: status, lostReason }, ...after } }];
  }
  const nothing = { title: null, value: null, currency: null, product: null, externalId: null, customFields: {} };
  return updateDeal(deal, { ...nothing, lostReason }, around);
}

function mergeFields(deal: Deal, given: GivenFields, currency: string): { deal: Deal; fields: string[] } {
  const customFields = mergeTexts<CustomFields>(deal.customFields, given.customFields);
  const value = amount(deal.value, known(given.value));
  const updated: Deal = {
    ...deal,
    title: known(given.title) ?? deal.title,
    value,
    // An amount without a currency says nothing: the workspace's is meant.
    currency: known(given.currency)?.toUpperCase() ?? deal.currency ?? (value === null ? null : currency),
    product: known(given.product) ?? deal.product,
    externalId: known(given.externalId) ?? deal.externalId,
    lostReason: known(given.lostReason) ?? deal.lostReason,
    customFields: customFields.merged,
  };
  const plain = ['title', 'value', 'currency', 'product', 'externalId', 'lostReason'] as const;
  const fields = [
    ...plain.filter((field) => updated[field] !== deal[field]),
    ...customFields.changed.map((key) => `customFields.${key}`),
  ];
  return { deal: updated, fields };
}

function amount(before: string | null, given: string | null): string | null {
  if (given === null) return before;
  return before !== null && sameAmount(before, given) ? before : canonicalDecimal(given);
}
