import type { InboundItem, InboundPerson, InboundReceivedV1, Mode, Warning } from '@ponte/contracts';
import type { MappedItem, MappingResult } from '@ponte/mapping';
import type { DeliveryIdentity } from './delivery-identity.js';
import type { KnownIntegration } from './known-integration.js';

export interface ReceivedFacts {
  requestId: string;
  receivedAt: Date;
  mode: Mode;
  betweenOrigins: boolean;
  delivery: DeliveryIdentity | null;
}

/** What a mapping that could not run leaves: the payload is published without fields, and can be reprocessed. */
export const MAPPING_FAILED: Warning = {
  field: '*',
  code: 'mapping_failed',
  detail: 'The mapping could not be applied to this payload.',
};

/**
 * The data of InboundReceived. Persons stand apart from what is said of the deals, one entry an item in the same order.
 * There is always at least one item: its outcome closes the payload.
 */
export function inboundReceived(
  integration: KnownIntegration,
  facts: ReceivedFacts,
  mapped: MappingResult,
): InboundReceivedV1 {
  const items = mapped.items.length > 0 ? mapped.items.map(toItem) : [emptyItem()];
  const [first] = items;
  if (first !== undefined) first.warnings.unshift(...mapped.warnings);
  return eventOf(integration, facts, items, mapped.items.length > 0 ? mapped.items.map(toPerson) : [emptyPerson()]);
}

/** The data of InboundReceived for a payload whose mapping failed: an error of ours must not lose what was sent. */
export function inboundReceivedUnmapped(integration: KnownIntegration, facts: ReceivedFacts): InboundReceivedV1 {
  const item = { ...emptyItem(), warnings: [MAPPING_FAILED] };
  return eventOf(integration, facts, [item], [emptyPerson()]);
}

/** Member by member: spreading objects into one another took as long as writing it. */
function eventOf(
  integration: KnownIntegration,
  { requestId, receivedAt, mode, betweenOrigins, delivery }: ReceivedFacts,
  items: InboundItem[],
  persons: InboundPerson[],
): InboundReceivedV1 {
  const event: InboundReceivedV1 = {
    requestId,
    receivedAt: receivedAt.toISOString(),
    integrationId: integration.id,
    target: integration.target,
    mode,
    originId: integration.originId,
    closedDealsMatch: integration.closedDealsMatch,
    settings: integration.settings,
    betweenOrigins,
    items,
    person: { items: persons },
  };
  if (delivery !== null) event.delivery = { idHash: delivery.idHash, bytesHash: delivery.bytesHash };
  return event;
}

/** Numbered by their order here, whatever was left out of the payload's list: the item numbered last closes the payload. */
function toItem({ contact, deal, warnings }: MappedItem, index: number): InboundItem {
  return {
    index,
    stage: deal.stage,
    status: deal.status,
    lostReason: deal.lostReason,
    owner: deal.owner,
    title: deal.title,
    value: deal.value,
    currency: deal.currency,
    product: deal.product,
    externalId: deal.externalId,
    contactTags: contact.tags,
    dealTags: deal.tags,
    customFields: deal.customFields,
    warnings: [...warnings],
  };
}

function toPerson({ contact }: MappedItem, index: number): InboundPerson {
  const { name, emails, phones, utm, customFields } = contact;
  return { index, name, emails, phones, utm, customFields };
}

function emptyItem(): InboundItem {
  return {
    index: 0,
    stage: null,
    status: null,
    lostReason: null,
    owner: null,
    title: null,
    value: null,
    currency: null,
    product: null,
    externalId: null,
    contactTags: [],
    dealTags: [],
    customFields: {},
    warnings: [],
  };
}

function emptyPerson(): InboundPerson {
  return { index: 0, name: null, emails: [], phones: [], utm: {}, customFields: {} };
}
