import * as contracts from '@ponte/contracts';
import type { EventDefinition, InboundAppliedV1, Static } from '@ponte/contracts';
import type { CatalogueEvent } from './catalogue/catalogue.js';
import type { ContactEvent } from './contacts/contact.js';
import type { DealEvent } from './deals/deal.js';

export type DomainEvent =
  CatalogueEvent | ContactEvent | DealEvent | { kind: 'InboundApplied'; data: InboundAppliedV1 };

const definitions = {
  WorkspaceCreated: contracts.WorkspaceCreatedV1,
  OriginGroupCreated: contracts.OriginGroupCreatedV1,
  OriginGroupUpdated: contracts.OriginGroupUpdatedV1,
  OriginCreated: contracts.OriginCreatedV1,
  OriginUpdated: contracts.OriginUpdatedV1,
  StageCreated: contracts.StageCreatedV1,
  StageUpdated: contracts.StageUpdatedV1,
  TagCreated: contracts.TagCreatedV1,
  TagUpdated: contracts.TagUpdatedV1,
  OwnerCreated: contracts.OwnerCreatedV1,
  OwnerUpdated: contracts.OwnerUpdatedV1,
  ContactCreated: contracts.ContactCreatedV1,
  ContactUpdated: contracts.ContactUpdatedV1,
  ContactTagged: contracts.ContactTaggedV1,
  DealCreated: contracts.DealCreatedV1,
  StageEntered: contracts.StageEnteredV1,
  StageChanged: contracts.StageChangedV1,
  StatusChanged: contracts.StatusChangedV1,
  DealUpdated: contracts.DealUpdatedV1,
  DealTagged: contracts.DealTaggedV1,
  OwnerChanged: contracts.OwnerChangedV1,
  InboundApplied: contracts.InboundAppliedV1,
} satisfies Record<DomainEvent['kind'], EventDefinition>;

/** The CloudEvents type of an event and its data as JSON text, checked against its contract. */
export function writeDomainEvent(event: DomainEvent): { type: string; data: string } {
  const definition: EventDefinition = definitions[event.kind];
  return { type: definition.type, data: contracts.writeEvent(definition, event.data) };
}

/**
 * A record of the deals log as the event that it is.
 *
 * @param type its CloudEvents type
 * @param data its JSON text
 * @throws ContractViolation where the data doesn't fit, and an Error for a type that this service never wrote
 */
export function readDomainEvent(type: string, data: string): DomainEvent {
  const read = readers.get(type);
  if (!read) throw new Error(`The deals log holds a record of the unknown type ${type}`);
  return read(JSON.parse(data));
}

const readers = new Map<string, (data: unknown) => DomainEvent>([
  reader(contracts.WorkspaceCreatedV1, (data) => ({ kind: 'WorkspaceCreated', data })),
  reader(contracts.OriginGroupCreatedV1, (data) => ({ kind: 'OriginGroupCreated', data })),
  reader(contracts.OriginGroupUpdatedV1, (data) => ({ kind: 'OriginGroupUpdated', data })),
  reader(contracts.OriginCreatedV1, (data) => ({ kind: 'OriginCreated', data })),
  reader(contracts.OriginUpdatedV1, (data) => ({ kind: 'OriginUpdated', data })),
  reader(contracts.StageCreatedV1, (data) => ({ kind: 'StageCreated', data })),
  reader(contracts.StageUpdatedV1, (data) => ({ kind: 'StageUpdated', data })),
  reader(contracts.TagCreatedV1, (data) => ({ kind: 'TagCreated', data })),
  reader(contracts.TagUpdatedV1, (data) => ({ kind: 'TagUpdated', data })),
  reader(contracts.OwnerCreatedV1, (data) => ({ kind: 'OwnerCreated', data })),
  reader(contracts.OwnerUpdatedV1, (data) => ({ kind: 'OwnerUpdated', data })),
  reader(contracts.ContactCreatedV1, (data) => ({ kind: 'ContactCreated', data })),
  reader(contracts.ContactUpdatedV1, (data) => ({ kind: 'ContactUpdated', data })),
  reader(contracts.ContactTaggedV1, (data) => ({ kind: 'ContactTagged', data })),
  reader(contracts.DealCreatedV1, (data) => ({ kind: 'DealCreated', data })),
  reader(contracts.StageEnteredV1, (data) => ({ kind: 'StageEntered', data })),
  reader(contracts.StageChangedV1, (data) => ({ kind: 'StageChanged', data })),
  reader(contracts.StatusChangedV1, (data) => ({ kind: 'StatusChanged', data })),
  reader(contracts.DealUpdatedV1, (data) => ({ kind: 'DealUpdated', data })),
  reader(contracts.DealTaggedV1, (data) => ({ kind: 'DealTagged', data })),
  reader(contracts.OwnerChangedV1, (data) => ({ kind: 'OwnerChanged', data })),
  reader(contracts.InboundAppliedV1, (data) => ({ kind: 'InboundApplied', data })),
]);

function reader<Data extends EventDefinition['data']>(
  definition: EventDefinition<Data>,
  make: (data: Static<Data>) => DomainEvent,
): [string, (data: unknown) => DomainEvent] {
  return [definition.type, (data) => make(contracts.readEvent(definition, data))];
}

/** What a record is about, as its CloudEvents subject: `deal/<id>`, `contact/<id>`, `stage/<id>` … */
export function subjectOf(event: DomainEvent): string {
  switch (event.kind) {
    case 'WorkspaceCreated':
      return `workspace/${event.data.id}`;
    case 'OriginGroupCreated':
    case 'OriginGroupUpdated':
      return `origin-group/${event.data.id}`;
    case 'OriginCreated':
    case 'OriginUpdated':
      return `origin/${event.data.id}`;
    case 'StageCreated':
    case 'StageUpdated':
      return `stage/${event.data.id}`;
    case 'TagCreated':
    case 'TagUpdated':
      return `tag/${event.data.id}`;
    case 'OwnerCreated':
    case 'OwnerUpdated':
      return `owner/${event.data.id}`;
    case 'ContactCreated':
    case 'ContactUpdated':
      return `contact/${event.data.contact.id}`;
    case 'ContactTagged':
      return `contact/${event.data.contactId}`;
    case 'DealTagged':
    case 'OwnerChanged':
      return `deal/${event.data.dealId}`;
    case 'InboundApplied':
      return `request/${event.data.requestId}`;
    default:
      return `deal/${event.data.deal.id}`;
  }
}

/** Whether records of a type change nobody's state, so that a projection need not read them. */
export function changesNothing(type: string): boolean {
  return type === contracts.InboundAppliedV1.type;
}

export type AggregateEvent =
  | { aggregate: 'catalogue'; event: CatalogueEvent }
  | { aggregate: 'contact'; event: ContactEvent }
  | { aggregate: 'deal'; event: DealEvent }
  | { aggregate: 'none'; event: { kind: 'InboundApplied'; data: InboundAppliedV1 } };

/** Whose state an event changes. */
export function aggregateOf(event: DomainEvent): AggregateEvent {
  switch (event.kind) {
    case 'WorkspaceCreated':
    case 'OriginGroupCreated':
    case 'OriginGroupUpdated':
    case 'OriginCreated':
    case 'OriginUpdated':
    case 'StageCreated':
    case 'StageUpdated':
    case 'TagCreated':
    case 'TagUpdated':
    case 'OwnerCreated':
    case 'OwnerUpdated':
      return { aggregate: 'catalogue', event };
    case 'ContactCreated':
    case 'ContactUpdated':
    case 'ContactTagged':
      return { aggregate: 'contact', event };
    case 'DealCreated':
    case 'StageEntered':
    case 'StageChanged':
    case 'StatusChanged':
    case 'DealUpdated':
    case 'DealTagged':
    case 'OwnerChanged':
      return { aggregate: 'deal', event };
    case 'InboundApplied':
      return { aggregate: 'none', event };
  }
}
