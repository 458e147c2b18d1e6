import { describe, expect, it } from '@jest/globals';
import {
  id,
  ownerIds,
  phone,
  stages,
  supportId,
  tagIds,
  World,
  type Payload,
} from '../testing/inbound.spec-support.js';
import { kinds, only, outcomeOf } from '../testing/told.spec-support.js';

const marina: Payload = { person: { name: 'Marina', emails: ['marina@example.com'], phones: [phone(1)] } };

describe('modes', () => {
  it('create makes a deal even where the contact has one in the origin', () => {
    const world = new World();
    const first = world.receive({ ...marina, mode: 'create' });
    const second = world.receive({ ...marina, mode: 'create' });
    expect(outcomeOf(first)).toMatchObject({ outcome: 'created', matchedBy: null });
    expect(outcomeOf(second)).toMatchObject({ outcome: 'created', matchedBy: 'email_and_phone' });
    expect(outcomeOf(second).contactId).toBe(outcomeOf(first).contactId);
    expect(outcomeOf(second).dealId).not.toBe(outcomeOf(first).dealId);
    expect(kinds(second)).toEqual(['DealCreated', 'StageEntered', 'InboundApplied']);
  });

  it('update changes only an existing deal: no match is ignored and makes nothing', () => {
    const world = new World();
    const events = world.receive({ ...marina, mode: 'update', item: { dealTags: ['Novo'], value: '10' } });
    expect(kinds(events)).toEqual(['InboundApplied']);
    expect(outcomeOf(events)).toMatchObject({ outcome: 'ignored', reason: 'no_match', contactId: null, dealId: null });
  });

  it('update ignores a known contact without a deal in the origin, and changes nothing of the contact', () => {
    const world = new World();
    const contact = outcomeOf(world.receive({ ...marina, originId: supportId })).contactId;
    const events = world.receive({ person: { ...marina.person, name: 'Outra' }, mode: 'update' });
    expect(kinds(events)).toEqual(['InboundApplied']);
    expect(outcomeOf(events)).toMatchObject({
      outcome: 'ignored',
      reason: 'no_match',
      contactId: contact,
      dealId: null,
    });
  });

  it('update changes the deal that matches', () => {
    const world = new World();
    const { dealId } = outcomeOf(world.receive(marina));
    const events = world.receive({ ...marina, mode: 'update', item: { value: '297.00' } });
    expect(kinds(events)).toEqual(['DealUpdated', 'InboundApplied']);
    expect(only(events, 'DealUpdated').data.change.fields).toEqual(['value', 'currency']);
    expect(only(events, 'DealUpdated').data.deal).toMatchObject({ id: dealId, value: '297.00', currency: 'BRL' });
    expect(outcomeOf(events)).toMatchObject({ outcome: 'updated', dealId });
  });

  it('create_or_update creates where none matches, then updates', () => {
    const world = new World();
    const first = world.receive(marina);
    const second = world.receive({ ...marina, item: { product: 'Curso' } });
    expect(outcomeOf(first).outcome).toBe('created');
    expect(outcomeOf(second)).toMatchObject({ outcome: 'updated', dealId: outcomeOf(first).dealId });
  });

  it('a deal of another origin does not match', () => {
    const world = new World();
    const first = world.receive({ ...marina, originId: supportId });
    const second = world.receive(marina);
    expect(outcomeOf(second)).toMatchObject({ outcome: 'created', contactId: outcomeOf(first).contactId });
  });
});

describe('birth', () => {
  it('tells tags, contact, deal, stage and status in this order, and the outcome last', () => {
    const world = new World();
    const events = world.receive({
      ...marina,
      item: { status: 'WON', contactTags: ['Aluno'], dealTags: ['aluno', 'Pix'], owner: 'ana@loja.example' },
    });
    expect(kinds(events)).toEqual([
      ...['TagCreated', 'TagCreated', 'ContactCreated', 'DealCreated', 'StageEntered', 'StatusChanged'],
      'InboundApplied',
    ]);
    expect(only(events, 'ContactCreated').data.contact.tags.map((tag) => tag.name)).toEqual(['Aluno']);
    const { deal, person } = only(events, 'DealCreated').data;
    expect(deal).toMatchObject({ status: 'OPEN', owner: { id: ownerIds.ana, email: 'ana@loja.example' } });
    expect(deal.tags.map((tag) => tag.name)).toEqual(['Aluno', 'Pix']);
    expect(person).toMatchObject({ name: 'Marina', emails: ['marina@example.com'] });
    expect(only(events, 'StageEntered').data.change).toEqual({ stage: { id: stages.base, name: 'Base' }, from: null });
    const changed = only(events, 'StatusChanged').data;
    expect(changed.change).toEqual({ from: 'OPEN', to: 'WON', lostReason: null });
    expect(changed.deal.status).toBe('WON');
  });

  it('a deal of a known contact tells the contact’s changes before the deal', () => {
    const world = new World();
    world.receive({ ...marina, originId: supportId });
    const events = world.receive({
      person: { ...marina.person, name: 'Marina Silva' },
      item: { contactTags: ['VIP'] },
    });
    expect(kinds(events)).toEqual(['ContactUpdated', 'ContactTagged', 'DealCreated', 'StageEntered', 'InboundApplied']);
    expect(only(events, 'DealCreated').data.contact.tags).toEqual([{ id: tagIds.vip, name: 'VIP' }]);
    expect(only(events, 'DealCreated').data.person.name).toBe('Marina Silva');
  });

  it('a lost deal carries its reason', () => {
    const events = new World().receive({ ...marina, item: { status: 'LOST', lostReason: 'Cartão recusado' } });
    expect(only(events, 'StatusChanged').data.change).toEqual({
      from: 'OPEN',
      to: 'LOST',
      lostReason: 'Cartão recusado',
    });
    expect(only(events, 'StatusChanged').data.deal.lostReason).toBe('Cartão recusado');
  });

  it('ids come from the cause: the same record makes the same ids', () => {
    expect(new World().receive(marina)).toEqual(new World().receive(marina));
  });

  it('every event is at the inbound record’s time', () => {
    const events = new World().receive(marina);
    expect(only(events, 'DealCreated').data.deal.createdAt).toBe('2026-11-24T10:00:01.000Z');
    expect(only(events, 'ContactCreated').data.contact.createdAt).toBe('2026-11-24T10:00:01.000Z');
  });
});

describe('update', () => {
  it('tells contact, tags, fields, owner, move and status in this order', () => {
    const world = new World();
    world.receive(marina);
    const events = world.receive({
      person: { ...marina.person, utm: { source: 'ads' } },
      item: {
        ...{ value: '10', stage: 'Fechado', status: 'WON', owner: 'BIA@loja.example' },
        ...{ contactTags: ['vip'], dealTags: ['Novo'], customFields: { curso: 'A' } },
      },
    });
    expect(kinds(events)).toEqual([
      ...['TagCreated', 'ContactUpdated', 'ContactTagged', 'DealUpdated', 'DealTagged', 'OwnerChanged'],
      ...['StageChanged', 'StageEntered', 'StatusChanged', 'InboundApplied'],
    ]);
    expect(only(events, 'ContactUpdated').data.change.fields).toEqual(['utm.source']);
    expect(only(events, 'DealUpdated').data.change.fields).toEqual(['value', 'currency', 'customFields.curso']);
    // Each event carries the deal as it was after it, not after the whole payload.
    expect(only(events, 'DealUpdated').data.deal).toMatchObject({ tags: [], owner: null, status: 'OPEN' });
    expect(only(events, 'StageChanged').data.change).toEqual({
      from: { id: stages.base, name: 'Base' },
      to: { id: stages.closed, name: 'Fechado' },
    });
    expect(only(events, 'StageChanged').data.deal).toMatchObject({ stage: { name: 'Fechado' }, status: 'OPEN' });
    expect(only(events, 'StageEntered').data.change.from).toEqual({ id: stages.base, name: 'Base' });
    expect(only(events, 'OwnerChanged').data.change).toMatchObject({ from: null, to: { id: ownerIds.bia } });
    expect(only(events, 'StatusChanged').data.deal).toMatchObject({ status: 'WON', stage: { name: 'Fechado' } });
  });

  it('what is so already makes no event: the outcome is unchanged', () => {
    const world = new World();
    const payload: Payload = {
      ...marina,
      item: {
        stage: 'base',
        status: 'WON',
        value: '297.00',
        owner: 'ana@loja.example',
        dealTags: ['x'],
        title: 'Curso',
      },
    };
    const { dealId } = outcomeOf(world.receive(payload));
    const again = world.receive({ ...payload, item: { ...payload.item, value: '297' } });
    expect(kinds(again)).toEqual(['InboundApplied']);
    expect(outcomeOf(again)).toMatchObject({ outcome: 'unchanged', reason: null, dealId });
  });

  it('a change of the contact alone is an update', () => {
    const world = new World();
    world.receive(marina);
    const events = world.receive({ person: { ...marina.person, name: 'Marina Silva' } });
    expect(kinds(events)).toEqual(['ContactUpdated', 'InboundApplied']);
    expect(outcomeOf(events).outcome).toBe('updated');
  });

  it('empty or missing values never blank what is known', () => {
    const world = new World();
    world.receive({
      person: { ...marina.person, utm: { source: 'ads' }, customFields: { cpf: '1' } },
      item: {
        title: 'Curso',
        product: 'P',
        value: '10',
        customFields: { plano: 'A' },
        status: 'LOST',
        lostReason: 'Caro',
      },
    });
    const events = world.receive({
      person: { ...marina.person, name: ' ', utm: { source: '' }, customFields: { cpf: '  ' } },
      item: { title: '', product: null, value: null, customFields: { plano: '' }, status: 'LOST', lostReason: '' },
    });
    expect(kinds(events)).toEqual(['InboundApplied']);
  });

  it('another reason for a deal that stays lost is an update of its field', () => {
    const world = new World();
    world.receive({ ...marina, item: { status: 'LOST', lostReason: 'Caro' } });
    const events = world.receive({ ...marina, item: { lostReason: 'Sem tempo', value: '5' } });
    expect(kinds(events)).toEqual(['DealUpdated', 'InboundApplied']);
    expect(only(events, 'DealUpdated').data.change.fields).toEqual(['value', 'currency', 'lostReason']);
  });

  it('a reopened deal has no lost reason', () => {
    const world = new World();
    world.receive({ ...marina, item: { status: 'LOST', lostReason: 'Caro' } });
    const events = world.receive({ ...marina, item: { status: 'OPEN', lostReason: 'Caro' } });
    expect(only(events, 'StatusChanged').data.change).toEqual({ from: 'LOST', to: 'OPEN', lostReason: null });
    expect(only(events, 'StatusChanged').data.deal.lostReason).toBeNull();
  });
});

describe('refusals', () => {
  it.each<[string, Payload]>([
    ['neither e-mail nor phone', { person: { name: 'Marina' } }],
    ['empty ones', { person: { emails: ['  '], phones: [] } }],
    ['only a phone that can’t be dialled', { person: { phones: [{ raw: '900000009', e164: null, matchKey: null }] } }],
    ['none, for a contact', { target: 'contact', person: { name: 'Marina' } }],
  ])('rejects %s as no_identity', (_what, payload) => {
    const events = new World().receive(payload);
    expect(kinds(events)).toEqual(['InboundApplied']);
    expect(outcomeOf(events)).toMatchObject({ outcome: 'rejected', reason: 'no_identity' });
  });

  it('rejects an origin that the workspace has not as unknown_origin', () => {
    for (const originId of [id(999), null]) {
      const events = new World().receive({ ...marina, originId });
      expect(kinds(events)).toEqual(['InboundApplied']);
      expect(outcomeOf(events)).toMatchObject({ outcome: 'rejected', reason: 'unknown_origin' });
    }
  });

  it('rejects an archived origin, and one without a stage', () => {
    const origin = (archived: boolean) => ({ id: id(70), groupId: id(2), name: 'Vazia', archived });
    const world = new World([{ kind: 'OriginCreated', data: origin(false) }]);
    expect(outcomeOf(world.receive({ ...marina, originId: id(70) }))).toMatchObject({ reason: 'no_stage' });
    world.happen([{ kind: 'OriginUpdated', data: origin(true) }], '2026-11-24T11:00:00.000Z');
    const events = world.receive({ ...marina, originId: id(70) });
    expect(outcomeOf(events)).toMatchObject({ outcome: 'rejected', reason: 'archived_origin' });
  });

  it('keeps the warnings of the mapping', () => {
    const warning = { field: 'value', code: 'not_a_number', detail: 'The field holds no amount.' };
    expect(outcomeOf(new World().receive({ item: { warnings: [warning] } })).warnings).toEqual([warning]);
    expect(outcomeOf(new World().receive({ ...marina, item: { warnings: [warning] } })).warnings).toEqual([warning]);
  });
});

describe('target contact', () => {
  const contact: Payload = { ...marina, target: 'contact', originId: null };

  it('creates and updates a contact, and no deal', () => {
    const world = new World();
    const created = world.receive({ ...contact, item: { contactTags: ['VIP'], dealTags: ['nope'] } });
    expect(kinds(created)).toEqual(['ContactCreated', 'InboundApplied']);
    expect(outcomeOf(created)).toMatchObject({ outcome: 'created', dealId: null });
    const updated = world.receive({ ...contact, mode: 'update', person: { ...marina.person, name: 'Marina Silva' } });
    expect(kinds(updated)).toEqual(['ContactUpdated', 'InboundApplied']);
    expect(outcomeOf(world.receive(contact))).toMatchObject({ outcome: 'updated' });
    expect(outcomeOf(world.receive(contact))).toMatchObject({ outcome: 'unchanged', matchedBy: 'email_and_phone' });
  });

  it('ignores an update of nobody, and the creation of who exists', () => {
    const world = new World();
    expect(outcomeOf(world.receive({ ...contact, mode: 'update' }))).toMatchObject({ reason: 'no_match' });
    world.receive(contact);
    expect(outcomeOf(world.receive({ ...contact, mode: 'create' }))).toMatchObject({
      ...{ outcome: 'ignored', reason: 'contact_exists', matchedBy: 'email_and_phone' },
    });
  });

  it('adds the settings’ tags to the contact', () => {
    const settings = { tags: { tagIds: [tagIds.vip], when: 'always' as const } };
    const events = new World().receive({ ...contact, settings });
    expect(only(events, 'ContactCreated').data.contact.tags).toEqual([{ id: tagIds.vip, name: 'VIP' }]);
  });
});
