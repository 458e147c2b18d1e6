import type { InboundItem, InboundPerson, InboundReceivedV1, Phone } from '@ponte/contracts';
import { decideItem } from '../apply-inbound/decide.js';
import type { CatalogueEvent } from '../catalogue/catalogue.js';
import type { GivenPerson } from '../contacts/decide.js';
import { readDomainEvent, writeDomainEvent, type DomainEvent } from '../events.js';
import { workspaceId } from '../ids.js';
import { WorkingSet } from '../projections/working-set.js';

/** A readable uuid: `id(7)` ends in 7. */
export const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const salesId = id(10);
export const supportId = id(11);
export const stages = { base: id(20), talking: id(21), closed: id(22), archived: id(23), inSupport: id(24) };
export const ownerIds = { ana: id(30), bia: id(31), gone: id(32) };
export const tagIds = { vip: id(40), gone: id(41) };
export const t0 = '2026-11-24T10:00:00.000Z';

/** A workspace with a sales origin of three stages, a support origin of one, two owners and a tag, and of each an archived one. */
export const catalogueEvents: readonly CatalogueEvent[] = [
  {
    kind: 'WorkspaceCreated',
    data: { id: id(1), name: 'Loja', timeZone: 'America/Sao_Paulo', country: 'BR', currency: 'BRL' },
  },
  { kind: 'OriginGroupCreated', data: { id: id(2), name: 'Vendas', archived: false } },
  { kind: 'OriginCreated', data: { id: salesId, groupId: id(2), name: 'Checkout', archived: false } },
  stage(stages.base, salesId, 'Base', 0),
  stage(stages.talking, salesId, 'Em Negociação', 1),
  stage(stages.closed, salesId, 'Fechado', 2),
  stage(stages.archived, salesId, 'Antiga', 3, true),
  { kind: 'OriginCreated', data: { id: supportId, groupId: id(2), name: 'Suporte', archived: false } },
  stage(stages.inSupport, supportId, 'Entrada', 0),
  owner(ownerIds.ana, 'Ana', 'ana@loja.example', false),
  owner(ownerIds.bia, 'Bia', 'bia@loja.example', false),
  owner(ownerIds.gone, 'Caio', 'caio@loja.example', true),
  { kind: 'TagCreated', data: { id: tagIds.vip, name: 'VIP', archived: false } },
  { kind: 'TagCreated', data: { id: tagIds.gone, name: 'Velha', archived: true } },
];

function stage(stageId: string, originId: string, name: string, order: number, archived = false): CatalogueEvent {
  return { kind: 'StageCreated', data: { id: stageId, originId, name, order, archived } };
}

function owner(ownerId: string, name: string, email: string, archived: boolean): CatalogueEvent {
  return { kind: 'OwnerCreated', data: { id: ownerId, name, email, archived } };
}

/** A Brazilian mobile by its last digit, as ingress maps it. */
export const phone = (digit: number): Phone => ({
  raw: `(11) 90000-000${String(digit)}`,
  e164: `+551190000000${String(digit)}`,
  matchKey: `BR:11:0000000${String(digit)}`,
});

export type Settings = InboundReceivedV1['settings'];

/** What a test says of a payload; everything else says nothing. */
export interface Payload {
  readonly mode?: InboundReceivedV1['mode'];
  readonly target?: InboundReceivedV1['target'];
  readonly originId?: string | null;
  readonly closedDealsMatch?: boolean;
  readonly betweenOrigins?: boolean;
  readonly settings?: Partial<Settings>;
  readonly item?: Partial<InboundItem>;
  readonly person?: Partial<GivenPerson>;
}

export function inboundOf(payload: Payload, requestId = id(100)): InboundReceivedV1 {
  return {
    requestId,
    receivedAt: t0,
    integrationId: id(50),
    target: payload.target ?? 'deal',
    mode: payload.mode ?? 'create_or_update',
    originId: payload.originId === undefined ? salesId : payload.originId,
    closedDealsMatch: payload.closedDealsMatch ?? true,
    settings: { tags: null, stage: null, status: null, owner: null, ...payload.settings },
    betweenOrigins: payload.betweenOrigins ?? false,
    items: [itemOf(payload.item ?? {})],
    person: { items: [inboundPersonOf(payload.person ?? {})] },
  };
}

export function itemOf(item: Partial<InboundItem>): InboundItem {
  return {
    ...{ index: 0, stage: null, status: null, lostReason: null, owner: null, title: null, value: null, currency: null },
    ...{ product: null, externalId: null, contactTags: [], dealTags: [], customFields: {}, warnings: [] },
    ...item,
  };
}

export function personOf(person: Partial<GivenPerson>): GivenPerson {
  return { name: null, emails: [], phones: [], utm: {}, customFields: {}, ...person };
}

export function inboundPersonOf(person: Partial<GivenPerson>, index = 0): InboundPerson {
  const { emails, phones, ...rest } = personOf(person);
  return { index, ...rest, emails: [...emails], phones: [...phones] };
}

/** A workspace in memory, to which payloads are applied one after the other. */
export class World {
  readonly set = new WorkingSet(workspaceId(id(1)), null);
  /** Everything that happened, with its time. */
  readonly log: { readonly event: DomainEvent; readonly at: string }[] = [];
  private applied = 0;

  constructor(more: readonly CatalogueEvent[] = []) {
    this.happen([...catalogueEvents, ...more], t0);
  }

  happen(events: readonly DomainEvent[], at: string): void {
    for (const event of events) this.log.push({ event, at });
    this.set.evolve(events, at);
  }

  /** Applies a payload. @returns its events */
  receive(payload: Payload): DomainEvent[] {
    this.applied += 1;
    const inbound = inboundOf(payload);
    const now = new Date(Date.parse(t0) + this.applied * 1000).toISOString();
    const source = { partition: 3, position: this.applied };
    const events = decideItem(
      {
        inbound,
        item: itemOf(payload.item ?? {}),
        person: personOf(payload.person ?? {}),
        source,
        cause: `record-${String(this.applied)}/0`,
        now,
        appliedAt: now,
      },
      this.set,
    );
    this.happen(events, now);
    return events;
  }

  /** The same workspace, projected anew from the text of everything that happened. */
  replayed(): WorkingSet {
    const set = new WorkingSet(workspaceId(id(1)), null);
    for (const { event, at } of this.log) {
      const { type, data } = writeDomainEvent(event);
      set.evolve([readDomainEvent(type, data)], at);
    }
    return set;
  }
}
