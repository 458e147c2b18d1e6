import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contactId, dealId } from '../ids.js';
import type { WorkingSet } from '../projections/working-set.js';
import {
  ownerIds,
  phone,
  salesId,
  stages,
  supportId,
  tagIds,
  World,
  type Payload,
} from '../testing/inbound.spec-support.js';

const when = fc.constantFrom('always' as const, 'on_creation' as const);
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 2 });
const status = fc.constantFrom('OPEN' as const, 'WON' as const, 'LOST' as const);
const label = fc.constantFrom('VIP', 'vip', 'Promoção', 'promocao', 'Novo', '');

const item = fc.record({
  stage: sometimes(fc.constantFrom('Base', 'em negociacao', stages.closed, 'Nada', '')),
  status: sometimes(status),
  lostReason: sometimes(fc.constantFrom('Caro', 'Sem tempo', '')),
  owner: sometimes(fc.constantFrom('ana@loja.example', 'BIA@loja.example', 'x@y.example')),
  title: sometimes(fc.constantFrom('Curso', 'Mentoria', ' ')),
  value: sometimes(fc.constantFrom('297.00', '297', '0010.5', '-0.00', '1000')),
  currency: sometimes(fc.constantFrom('BRL', 'usd')),
  contactTags: fc.array(label, { maxLength: 2 }),
  dealTags: fc.array(label, { maxLength: 2 }),
  customFields: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.constantFrom('1', '2', ''), { maxKeys: 2 }),
});

const person = fc.record({
  name: sometimes(fc.constantFrom('Marina', 'João', '')),
  emails: fc.array(fc.constantFrom('a@example.com', 'A@example.com ', 'b@example.com', 'c@example.com', ''), {
    maxLength: 2,
  }),
  phones: fc.array(
    fc.oneof(fc.integer({ min: 1, max: 3 }).map(phone), fc.constant({ raw: '99', e164: null, matchKey: null })),
    { maxLength: 2 },
  ),
  utm: fc.constantFrom({}, { source: 'ads' }, { source: '', medium: 'cpc' }),
  customFields: fc.constantFrom({}, { cpf: '1' }, { cpf: '2' }),
});

const settings = fc.record({
  tags: sometimes(fc.record({ tagIds: fc.subarray([tagIds.vip, tagIds.gone]), when })),
  stage: sometimes(fc.record({ stageId: fc.constantFrom(stages.closed, stages.archived), when })),
  status: sometimes(fc.record({ status, lostReason: sometimes(fc.constant('Padrão')), when })),
  owner: sometimes(
    fc.record({
      ownerId: fc.constantFrom(ownerIds.bia, ownerIds.gone),
      when: fc.oneof(when, fc.constant('where_none' as const)),
    }),
  ),
});

const payload: fc.Arbitrary<Payload> = fc.record({
  mode: fc.constantFrom('create', 'update', 'create_or_update'),
  target: fc.constantFrom('deal', 'deal', 'deal', 'contact'),
  originId: fc.constantFrom(salesId, salesId, supportId),
  closedDealsMatch: fc.boolean(),
  betweenOrigins: fc.boolean(),
  settings,
  item,
  person,
});

const payloads = fc.array(payload, { minLength: 1, maxLength: 12 });

/** All that a workspace is, in a form that two of them can be compared by. */
function everything(set: WorkingSet, of: WorkingSet) {
  return {
    catalogue: set.catalogue,
    contacts: [...of.changes.contacts].map((id) => set.contact(id)),
    deals: [...of.changes.deals].map((id) => set.deal(id)),
    identities: of.changes.identities.map(({ identity }) => set.ownerOf(identity)?.id),
  };
}

describe('whatever arrives', () => {
  it('projecting what was written gives the state that was decided on', () => {
    fc.assert(
      fc.property(payloads, (arriving) => {
        const world = new World();
        for (const one of arriving) world.receive(one);
        expect(everything(world.replayed(), world.set)).toEqual(everything(world.set, world.set));
      }),
      { numRuns: 150 },
    );
  });

  it('the last event of every item is its outcome, and the one event where nothing changed', () => {
    fc.assert(
      fc.property(payloads, (arriving) => {
        const world = new World();
        for (const one of arriving) {
          const events = world.receive(one);
          const outcomes = events.flatMap((event) => (event.kind === 'InboundApplied' ? [event.data.outcome] : []));
          expect(outcomes).toHaveLength(1);
          expect(events.at(-1)?.kind).toBe('InboundApplied');
          const changing = outcomes[0] === 'created' || outcomes[0] === 'updated';
          expect(events.length > 1).toBe(changing);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('an update that is received again changes nothing more', () => {
    fc.assert(
      fc.property(payloads, (arriving) => {
        const world = new World();
        for (const one of arriving) {
          world.receive(one);
          if (one.mode === 'create') continue;
          // What `on creation` means depends on what is there, so the second of three is where it settles.
          world.receive(one);
          const open = { ...one, closedDealsMatch: true };
          world.receive(open);
          const kinds = world.receive(open).map((event) => event.kind);
          expect(kinds).toEqual(['InboundApplied']);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('no e-mail or phone ever belongs to two contacts, and a deal’s events speak of one contact', () => {
    fc.assert(
      fc.property(payloads, (arriving) => {
        const world = new World();
        for (const one of arriving) world.receive(one);
        const owned = [...world.set.changes.contacts].flatMap((id) => {
          const contact = world.set.contact(contactId(id));
          return [...(contact?.emails ?? []), ...(contact?.phones ?? []).flatMap((known) => known.matchKey ?? [])];
        });
        expect(new Set(owned.map((key) => key.toLowerCase())).size).toBe(owned.length);
        for (const { event } of world.log) {
          if (!('deal' in event.data)) continue;
          expect(event.data.contact.id).toBe(event.data.deal.contactId);
          expect(world.set.deal(dealId(event.data.deal.id))?.contactId).toBe(event.data.contact.id);
        }
      }),
      { numRuns: 100 },
    );
  });
});
