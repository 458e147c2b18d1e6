import { describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '../events.js';
import { id, ownerIds, stages, tagIds, World, type Payload, type Settings } from '../testing/inbound.spec-support.js';

const marina: Payload = { person: { emails: ['marina@example.com'] } };

function received(
  world: World,
  payload: Payload,
): { events: readonly DomainEvent[]; deal: unknown; warnings: unknown } {
  const events = world.receive({ ...marina, ...payload });
  const last = events.at(-1);
  if (last?.kind !== 'InboundApplied') throw new Error('InboundApplied is the last event');
  const deal = [...world.set.changes.deals].map((dealId) => world.set.deal(dealId)).at(-1);
  return { events, deal, warnings: last.data.warnings.map(({ field, code }) => `${field}: ${code}`) };
}

const always = 'always' as const;
const onCreation = 'on_creation' as const;

describe('stage', () => {
  it.each([
    ['its label', 'Em Negociação'],
    ['its label without accents and case', ' em negociacao'],
    ['its id', stages.talking],
  ])('is named by %s', (_how, stage) => {
    expect(received(new World(), { item: { stage } }).deal).toMatchObject({ stageId: stages.talking });
  });

  it.each([
    ['unknown', 'Nada'],
    ['of another origin', 'Entrada'],
    ['archived', 'Antiga'],
  ])('that is %s warns, and the first one is used', (_what, stage) => {
    const { deal, warnings } = received(new World(), { item: { stage } });
    expect(deal).toMatchObject({ stageId: stages.base });
    expect(warnings).toEqual(['stage: unknown_stage']);
  });

  it('of the payload wins over the settings; an unknown one falls back on them', () => {
    const settings = { stage: { stageId: stages.closed, when: always } };
    expect(received(new World(), { settings, item: { stage: 'Base' } }).deal).toMatchObject({ stageId: stages.base });
    const unknown = received(new World(), { settings, item: { stage: 'Nada' } });
    expect(unknown.deal).toMatchObject({ stageId: stages.closed });
    expect(unknown.warnings).toEqual(['stage: unknown_stage']);
  });

  it('of the settings is set always, or on creation alone', () => {
    for (const [when, expected] of [
      [always, stages.closed],
      [onCreation, stages.talking],
    ] as const) {
      const world = new World();
      const settings = { stage: { stageId: stages.closed, when } };
      expect(received(world, { settings }).deal).toMatchObject({ stageId: stages.closed });
      received(world, { item: { stage: 'Em negociação' } });
      expect(received(world, { settings }).deal).toMatchObject({ stageId: expected });
    }
  });

  it('that is unknown leaves a deal that exists where it is', () => {
    const world = new World();
    received(world, { item: { stage: 'Fechado' } });
    expect(received(world, { item: { stage: 'Nada' } }).deal).toMatchObject({ stageId: stages.closed });
  });

  it('of the settings that is gone warns', () => {
    const settings = { stage: { stageId: stages.archived, when: always } };
    expect(received(new World(), { settings }).warnings).toEqual(['settings.stage: unknown_stage']);
  });
});

describe('status', () => {
  it('of the payload wins over the settings', () => {
    const settings = { status: { status: 'LOST' as const, lostReason: 'Padrão', when: always } };
    expect(received(new World(), { settings, item: { status: 'WON' } }).deal).toMatchObject({ status: 'WON' });
    expect(received(new World(), { settings }).deal).toMatchObject({ status: 'LOST', lostReason: 'Padrão' });
    const mapped = received(new World(), { settings, item: { lostReason: 'Caro' } });
    expect(mapped.deal).toMatchObject({ status: 'LOST', lostReason: 'Caro' });
  });

  it('of the settings is set always, or on creation alone', () => {
    for (const [when, expected] of [
      [always, 'WON'],
      [onCreation, 'OPEN'],
    ] as const) {
      const world = new World();
      const settings = { status: { status: 'WON' as const, lostReason: null, when } };
      received(world, { settings });
      received(world, { item: { status: 'OPEN' } });
      expect(received(world, { settings }).deal).toMatchObject({ status: expected });
    }
  });

  describe('between origins', () => {
    const betweenOrigins = true;
    const settings = { status: { status: 'WON' as const, lostReason: null, when: always } };

    it('a new deal is OPEN whatever the payload or the settings say', () => {
      const { events, deal } = received(new World(), { betweenOrigins, settings, item: { status: 'LOST' } });
      expect(deal).toMatchObject({ status: 'OPEN', lostReason: null });
      expect(events.map((event) => event.kind)).not.toContain('StatusChanged');
    });

    it.each<[string, Payload]>([
      ['maps', { item: { status: 'LOST' } }],
      ['sets', { settings }],
    ])('an update that %s a status makes the deal OPEN', (_how, payload) => {
      const world = new World();
      received(world, { item: { status: 'WON' } });
      expect(received(world, { betweenOrigins, ...payload }).deal).toMatchObject({ status: 'OPEN' });
    });

    it('an update that does neither leaves the status', () => {
      const world = new World();
      received(world, { item: { status: 'WON' } });
      const onlyAtBirth: Partial<Settings> = { status: { status: 'OPEN', lostReason: null, when: onCreation } };
      expect(received(world, { betweenOrigins, settings: onlyAtBirth }).deal).toMatchObject({ status: 'WON' });
    });
  });
});

describe('owner', () => {
  it('is named by e-mail; an unknown or archived one warns, and the setting is used', () => {
    const settings = { owner: { ownerId: ownerIds.bia, when: 'where_none' as const } };
    expect(received(new World(), { item: { owner: 'ANA@loja.example ' } }).deal).toMatchObject({
      ownerId: ownerIds.ana,
    });
    for (const owner of ['ninguem@loja.example', 'caio@loja.example']) {
      const { deal, warnings } = received(new World(), { settings, item: { owner } });
      expect(deal).toMatchObject({ ownerId: ownerIds.bia });
      expect(warnings).toEqual(['owner: unknown_owner']);
    }
    expect(received(new World(), { item: { owner: 'x@y.example' } }).deal).toMatchObject({ ownerId: null });
  });

  it('of the payload wins over the setting, and replaces the deal’s', () => {
    const world = new World();
    const settings = { owner: { ownerId: ownerIds.bia, when: always } };
    received(world, { settings });
    expect(received(world, { settings, item: { owner: 'ana@loja.example' } }).deal).toMatchObject({
      ownerId: ownerIds.ana,
    });
  });

  it.each([
    ['always', ownerIds.bia, ownerIds.bia],
    ['on_creation', ownerIds.ana, null],
    ['where_none', ownerIds.ana, ownerIds.bia],
  ] as const)('of a setting that says %s', (when, ofOwned, ofOwnerless) => {
    const settings = { owner: { ownerId: ownerIds.bia, when } };
    expect(received(new World(), { settings }).deal).toMatchObject({ ownerId: ownerIds.bia });
    const owned = new World();
    received(owned, { item: { owner: 'ana@loja.example' } });
    expect(received(owned, { settings, item: { value: '1' } }).deal).toMatchObject({ ownerId: ofOwned });
    const ownerless = new World();
    received(ownerless, {});
    expect(received(ownerless, { settings, item: { value: '1' } }).deal).toMatchObject({ ownerId: ofOwnerless });
  });

  it('of the settings that is gone warns', () => {
    const settings = { owner: { ownerId: ownerIds.gone, when: always } };
    expect(received(new World(), { settings }).warnings).toEqual(['settings.owner: unknown_owner']);
  });
});

describe('tags', () => {
  it('of the settings go to the deal and its contact', () => {
    const settings = { tags: { tagIds: [tagIds.vip], when: always } };
    const world = new World();
    expect(received(world, { settings }).deal).toMatchObject({ tagIds: [tagIds.vip] });
    const [contact] = world.set.changes.contacts;
    expect(contact && world.set.contact(contact)).toMatchObject({ tagIds: [tagIds.vip] });
  });

  it('of the settings are added always, or on creation alone', () => {
    for (const [when, expected] of [
      [always, [tagIds.vip]],
      [onCreation, []],
    ] as const) {
      const world = new World();
      received(world, {});
      const settings = { tags: { tagIds: [tagIds.vip], when } };
      expect(received(world, { settings }).deal).toMatchObject({ tagIds: expected });
    }
  });

  it('of the settings that are gone warn', () => {
    const settings = { tags: { tagIds: [tagIds.gone, id(404), tagIds.vip], when: always } };
    const { deal, warnings } = received(new World(), { settings });
    expect(deal).toMatchObject({ tagIds: [tagIds.vip] });
    expect(warnings).toEqual(['settings.tags: unknown_tag', 'settings.tags: unknown_tag']);
  });

  it('named by a label are made once where unknown, and found without regard to case and accents', () => {
    const world = new World();
    const first = received(world, { item: { dealTags: ['Promoção', 'promocao', 'vip', ' '] } });
    expect(first.events.filter((event) => event.kind === 'TagCreated').map((event) => event.data)).toEqual([
      expect.objectContaining({ name: 'Promoção', archived: false }),
    ]);
    expect(first.events[0]?.kind).toBe('TagCreated');
    const second = received(world, { item: { contactTags: ['PROMOCAO'], dealTags: ['promoçao'] } });
    expect(second.events.map((event) => event.kind)).toEqual(['ContactTagged', 'InboundApplied']);
  });

  it('are made only by items that are applied', () => {
    const { events } = received(new World(), { mode: 'update', item: { dealTags: ['Novo'] } });
    expect(events.map((event) => event.kind)).toEqual(['InboundApplied']);
  });

  it('that are too long for a label warn', () => {
    const { warnings } = received(new World(), { item: { dealTags: ['x'.repeat(201)] } });
    expect(warnings).toEqual(['dealTags: too_long']);
  });
});
