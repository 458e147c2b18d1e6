import { describe, expect, it } from '@jest/globals';
import { catalogueEvents, id, ownerIds, salesId, stages, tagIds } from '../testing/inbound.spec-support.js';
import { evolveCatalogue, stagesOf, type Catalogue, type CatalogueEvent } from './catalogue.js';
import { decideCatalogue, type CatalogueCommand } from './decide.js';

const given = (events: readonly CatalogueEvent[] = []): Catalogue => {
  const state = [...catalogueEvents, ...events].reduce<Catalogue | null>(evolveCatalogue, null);
  if (!state) throw new Error('No workspace');
  return state;
};

function when(command: CatalogueCommand, state = given()) {
  const decision = decideCatalogue(command, state);
  return decision.kind === 'decided' ? decision.events : decision;
}

const orderAfter = (command: CatalogueCommand) => {
  const state = given();
  const decision = decideCatalogue(command, state);
  if (decision.kind === 'refused') throw new Error(decision.why);
  const after = decision.events.reduce<Catalogue | null>(evolveCatalogue, state);
  return after && stagesOf(after, salesId).map((stage) => `${String(stage.order)} ${stage.name}`);
};

describe('origins', () => {
  it('are created with their stages in order', () => {
    const events = when({
      ...{ kind: 'CreateOrigin', id: id(70), groupId: id(2), name: 'Evento' },
      stages: [
        { id: id(71), name: 'Base' },
        { id: id(72), name: 'Fechado' },
      ],
    });
    expect(events).toEqual([
      { kind: 'OriginCreated', data: { id: id(70), groupId: id(2), name: 'Evento', archived: false } },
      { kind: 'StageCreated', data: { id: id(71), originId: id(70), name: 'Base', order: 0, archived: false } },
      { kind: 'StageCreated', data: { id: id(72), originId: id(70), name: 'Fechado', order: 1, archived: false } },
    ]);
  });

  it('need a group that is there, a stage, and different labels', () => {
    const origin = { kind: 'CreateOrigin' as const, id: id(70), groupId: id(2), name: 'Evento' };
    const base = { id: id(71), name: 'Negociação' };
    expect(when({ ...origin, groupId: id(404), stages: [base] })).toMatchObject({ why: 'invalid', field: 'groupId' });
    expect(when({ ...origin, stages: [] })).toMatchObject({ why: 'invalid', field: 'stages' });
    const twin = { id: id(72), name: 'negociacao' };
    expect(when({ ...origin, stages: [base, twin] })).toMatchObject({ why: 'invalid', field: 'stages' });
  });

  it('that do not change make no event', () => {
    expect(when({ kind: 'UpdateOrigin', id: salesId, change: { name: 'Checkout', archived: false } })).toEqual([]);
    expect(when({ kind: 'UpdateOrigin', id: salesId, change: { archived: true } })).toMatchObject([
      { kind: 'OriginUpdated', data: { id: salesId, name: 'Checkout', archived: true } },
    ]);
    expect(when({ kind: 'UpdateOrigin', id: id(404), change: {} })).toMatchObject({ why: 'not_found', noun: 'origin' });
  });
});

describe('stages', () => {
  it('make room for one that is put among them', () => {
    const command: CatalogueCommand = { kind: 'CreateStage', id: id(70), originId: salesId, name: 'Nova', order: 1 };
    expect(orderAfter(command)).toEqual(['0 Base', '1 Nova', '2 Em Negociação', '3 Fechado', '4 Antiga']);
    expect(when(command)).toHaveLength(4);
  });

  it('are put behind the last where no place is named', () => {
    const command: CatalogueCommand = { kind: 'CreateStage', id: id(70), originId: salesId, name: 'Nova' };
    expect(when(command)).toMatchObject([{ kind: 'StageCreated', data: { order: 4 } }]);
  });

  it('can be moved', () => {
    const command: CatalogueCommand = { kind: 'UpdateStage', id: stages.closed, change: { order: 0 } };
    expect(orderAfter(command)).toEqual(['0 Fechado', '1 Base', '2 Em Negociação', '3 Antiga']);
  });

  it('of an origin have different labels, but an archived one’s is free', () => {
    const create = (name: string): CatalogueCommand => ({ kind: 'CreateStage', id: id(70), originId: salesId, name });
    expect(when(create('em negociacao'))).toMatchObject({ why: 'conflict', code: 'stage_exists' });
    expect(when(create('Antiga'))).toHaveLength(1);
    const restored = { archived: false, name: 'BASE' };
    expect(when({ kind: 'UpdateStage', id: stages.archived, change: restored })).toMatchObject({
      code: 'stage_exists',
    });
  });

  it('are archived, but never the last one', () => {
    expect(when({ kind: 'UpdateStage', id: stages.talking, change: { archived: true } })).toHaveLength(1);
    expect(when({ kind: 'UpdateStage', id: stages.inSupport, change: { archived: true } })).toMatchObject({
      code: 'last_stage',
    });
  });
});

describe('tags and owners', () => {
  it('have different labels and e-mails, since payloads name them by these', () => {
    expect(when({ kind: 'CreateTag', id: id(70), name: 'vip' })).toMatchObject({ code: 'tag_exists' });
    expect(when({ kind: 'UpdateTag', id: tagIds.gone, change: { name: 'Vip' } })).toMatchObject({ code: 'tag_exists' });
    const owner = { kind: 'CreateOwner' as const, id: id(70), name: 'Ana 2' };
    expect(when({ ...owner, email: 'ANA@loja.example' })).toMatchObject({ code: 'owner_exists' });
    expect(when({ kind: 'UpdateOwner', id: ownerIds.bia, change: { email: 'ana@loja.example' } })).toMatchObject({
      code: 'owner_exists',
    });
  });

  it('are created and changed', () => {
    expect(when({ kind: 'CreateTag', id: id(70), name: 'Novo' })).toMatchObject([{ kind: 'TagCreated' }]);
    expect(when({ kind: 'UpdateTag', id: tagIds.vip, change: { name: 'vip' } })).toMatchObject([
      { kind: 'TagUpdated', data: { id: tagIds.vip, name: 'vip' } },
    ]);
    expect(when({ kind: 'CreateOwner', id: id(70), name: 'Davi', email: 'd@loja.example' })).toMatchObject([
      { kind: 'OwnerCreated', data: { name: 'Davi', email: 'd@loja.example', archived: false } },
    ]);
    expect(when({ kind: 'UpdateOwner', id: ownerIds.ana, change: { name: 'Ana' } })).toEqual([]);
  });
});
