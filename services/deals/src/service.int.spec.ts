import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { id, inboundOf, phone, type Payload } from './testing/inbound.spec-support.js';
import { eventually, Service, type Answered, type Client } from './testing/service.spec-support.js';

let service: Service;
beforeAll(async () => {
  service = await Service.start();
});
afterAll(async () => {
  await service.stop();
});

/** A workspace with an origin of three stages. */
async function shop() {
  const client = await service.workspace();
  const groupId = await client.created('origin-groups', { name: 'Vendas' });
  const stages = [{ name: 'Base' }, { name: 'Em Negociação' }, { name: 'Fechado' }];
  const { body } = await client.post('origins', { name: 'Checkout', groupId, stages });
  const originId = String(body['id']);
  const stageIds = (body['stages'] as { id: string }[]).map((stage) => stage.id);
  const receive = (...payloads: Payload[]) =>
    service.publish(
      client.workspace,
      payloads.map((payload) => inboundOf({ originId, ...payload }, randomUUID())),
    );
  return { client, groupId, originId, stageIds, receive };
}

const marina: Payload = { person: { name: 'Marina', emails: ['marina@example.com'], phones: [phone(1)] } };

const firstDeal = (client: Client) => eventually('a deal', async () => (await client.all('deals'))[0]);

/** The fields that a refusal names. */
const fieldsOf = ({ body }: Answered) => (body['errors'] as { field: string }[]).map((error) => error.field).sort();

const outcomesTold = async (client: Client) =>
  (await service.told(client.workspace))
    .filter((record) => record.type === 'ponte.InboundApplied.v1')
    .map((record) => JSON.parse(record.data) as Record<string, unknown>);

describe('what arrives', () => {
  it('becomes a deal that the API shows, and events in the topic', async () => {
    const { client, originId, stageIds, receive } = await shop();
    await receive({ ...marina, item: { status: 'WON', value: '297.00', currency: 'BRL', dealTags: ['Pix'] } });
    const deal = await firstDeal(client);
    expect(deal).toMatchObject({
      ...{ status: 'WON', lostReason: null, value: '297.00', currency: 'BRL', owner: null, externalId: null },
      originGroup: { name: 'Vendas' },
      origin: { id: originId, name: 'Checkout' },
      stage: { id: stageIds[0], name: 'Base' },
      tags: [{ name: 'Pix' }],
    });
    expect((await client.get(`deals/${String(deal['id'])}`)).body).toEqual(deal);
    expect((await client.get(`contacts/${String(deal['contactId'])}`)).body).toMatchObject({
      ...{ name: 'Marina', emails: ['marina@example.com'], tags: [], utm: {}, customFields: {} },
      phones: [{ raw: phone(1).raw, e164: phone(1).e164 }],
    });
    const history = await client.all(`deals/${String(deal['id'])}/events?limit=2`);
    expect(history.map((event) => event['type'])).toEqual([
      ...['ponte.DealCreated.v1', 'ponte.StageEntered.v1', 'ponte.StatusChanged.v1'],
    ]);
    const told = await eventually('the outcome', async () => {
      const records = await service.told(client.workspace);
      return records.at(-1)?.type === 'ponte.InboundApplied.v1' && records;
    });
    expect(told.slice(-6).map((record) => record.type.split('.')[1])).toEqual([
      ...['TagCreated', 'ContactCreated', 'DealCreated', 'StageEntered', 'StatusChanged', 'InboundApplied'],
    ]);
    expect(told.map((record) => record.position)).toEqual(told.map((_, at) => (told[0]?.position ?? 0) + at));
    expect(history.map((event) => event['id'])).toEqual(told.slice(-4, -1).map((record) => record.id));
  });

  it('that no contract allows fails alone, with an outcome, and its neighbours are applied', async () => {
    const { client, originId } = await shop();
    const requestId = randomUUID();
    await service.publish(client.workspace, [
      inboundOf({ ...marina, originId }, randomUUID()),
      JSON.stringify({ requestId, integrationId: id(50), items: [{}, {}] }),
      '{"not": "json',
      inboundOf({ ...marina, originId, item: { value: '10' } }, randomUUID()),
    ]);
    const outcomes = await eventually('five outcomes', async () => {
      const told = await outcomesTold(client);
      return told.length === 5 && told;
    });
    expect(outcomes.map(({ outcome, reason, item, items }) => [outcome, reason, item, items])).toEqual([
      ['created', null, 0, 1],
      ['failed', 'unreadable', 0, 2],
      ['failed', 'unreadable', 1, 2],
      ['failed', 'unreadable', 0, 1],
      ['updated', null, 0, 1],
    ]);
    expect(outcomes[1]).toMatchObject({ requestId, integrationId: id(50) });
    // Another test's workspace may share the partition, so only the steps are known.
    const positions = outcomes.map((outcome) => (outcome['inbound'] as { position: number }).position);
    expect(positions.map((position) => position - (positions[0] ?? 0))).toEqual([0, 1, 1, 2, 3]);
  });

  it('and was set aside is put before operators alone, is never redone in the past, and can be dismissed', async () => {
    const { client } = await shop();
    const secret = `{"not json": "${randomUUID()}`;
    await service.publish(client.workspace, [secret]);
    const operator = service.client(client.workspace, ['operator']);
    const letter = await eventually('a dead letter', async () => {
      const letters = await operator.all('operations/dead-letters?consumer=deals.inbound&values=true');
      return letters.find((one) => (one['record'] as { value: string }).value === secret);
    });
    expect(JSON.stringify(await operator.all('operations/dead-letters'))).not.toContain('not json');
    expect((await client.get('operations/dead-letters')).status).toBe(403);
    const path = `operations/dead-letters/${String(letter['id'])}`;
    const refused = await operator.post(`${path}/retry`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'redo_is_never_allowed' } });
    const dismissed = await operator.post(`${path}/dismiss`, { reason: 'no payload of ours' });
    expect(dismissed).toMatchObject({ status: 200, body: { resolution: 'dismissed' } });
    expect((await operator.get('operations/log')).body).toMatchObject({
      topic: 'ponte.deals.v1',
      gate: { open: true },
    });
  });

  it('is matched without regard to how a phone is written, and found by it', async () => {
    const { client, receive } = await shop();
    await receive(marina, { person: { phones: [{ ...phone(1), raw: '551190000001' }] }, item: { title: 'Curso' } });
    await eventually('the title', async () => (await firstDeal(client))['title']);
    expect(await client.all('deals')).toHaveLength(1);
    const [contact] = await client.all('contacts?phone=11%2090000-0001');
    expect(contact).toMatchObject({ name: 'Marina' });
    expect(await client.all('contacts?email=MARINA%40example.com')).toEqual([contact]);
    expect(await client.all('contacts?email=outra%40example.com')).toEqual([]);
    expect(await client.all('contacts?email=nada')).toEqual([]);
  });
});

describe('deals', () => {
  it('are moved, won, lost and reopened; each answer names where the log was left', async () => {
    const { client, stageIds, receive } = await shop();
    await receive(marina);
    const path = `deals/${String((await firstDeal(client))['id'])}`;
    const moved = await client.post(`${path}/move`, { stageId: stageIds[2] });
    expect(moved).toMatchObject({ status: 200, body: { stage: { id: stageIds[2], name: 'Fechado' } } });
    const [partition, position] = (moved.headers.get('ponte-position') ?? '').split('/').map(Number);
    expect((await client.post(`${path}/win`)).body).toMatchObject({ status: 'WON' });
    const lost = await client.post(`${path}/lose`, { lostReason: 'Reembolso' });
    expect(lost.body).toMatchObject({ status: 'LOST', lostReason: 'Reembolso' });
    expect(lost.headers.get('ponte-position')).toBe(`${String(partition)}/${String((position ?? 0) + 2)}`);
    expect((await client.post(`${path}/lose`)).headers.get('ponte-position')).toBe(lost.headers.get('ponte-position'));
    expect((await client.post(`${path}/reopen`)).body).toMatchObject({ status: 'OPEN', lostReason: null });
    const history = await client.all(`${path}/events`);
    expect(history.map((event) => String(event['type']).split('.')[1])).toEqual([
      ...['DealCreated', 'StageEntered', 'StageChanged', 'StageEntered'],
      ...['StatusChanged', 'StatusChanged', 'StatusChanged'],
    ]);
    const told = await eventually('the events', async () => {
      const records = await service.told(client.workspace);
      return records.some((record) => record.id === history.at(-1)?.['id']) && records;
    });
    expect(told.map((record) => record.id)).toEqual(expect.arrayContaining(history.map((event) => event['id'])));
  });

  it('are moved only to stages of their origin', async () => {
    const { client, groupId, receive } = await shop();
    const other = await client.post('origins', { name: 'Suporte', groupId, stages: [{ name: 'Entrada' }] });
    const [stage] = other.body['stages'] as { id: string }[];
    await receive(marina);
    const path = `deals/${String((await firstDeal(client))['id'])}/move`;
    for (const stageId of [stage?.id, randomUUID(), 'nada']) {
      expect(await client.post(path, { stageId })).toMatchObject({
        ...{ status: 400, body: { code: 'invalid', errors: [{ field: 'stageId' }] } },
      });
    }
  });

  it('are listed newest first, by pages and filters', async () => {
    const { client, originId, stageIds, receive } = await shop();
    await receive(
      ...[1, 2, 3, 4, 5].map((n) => ({
        person: { emails: [`p${String(n)}@example.com`] },
        item: { title: `D${String(n)}` },
      })),
      { person: { emails: ['p6@example.com'] }, item: { title: 'D6', stage: 'fechado', status: 'WON' as const } },
    );
    await eventually('six deals', async () => (await client.all('deals')).length === 6);
    const titles = async (query: string) => (await client.all(`deals?${query}`)).map((deal) => deal['title']);
    expect(await titles('limit=2')).toEqual(['D6', 'D5', 'D4', 'D3', 'D2', 'D1']);
    expect(await titles(`limit=4&originId=${originId}&status=OPEN`)).toEqual(['D5', 'D4', 'D3', 'D2', 'D1']);
    expect(await titles(`stageId=${String(stageIds[2])}`)).toEqual(['D6']);
    expect(await titles(`ownerId=${randomUUID()}`)).toEqual([]);
    const [first] = await client.all('deals');
    expect(await titles(`contactId=${String(first?.['contactId'])}`)).toEqual(['D6']);
    expect(await client.get('deals?cursor=nada')).toMatchObject({ status: 400, body: { code: 'invalid' } });
    expect(fieldsOf(await client.get('deals?status=Nada&limit=0'))).toEqual(['limit', 'status']);
  });
});

describe('the catalogue', () => {
  it('is created, read, changed and listed', async () => {
    const { client, groupId, originId, stageIds } = await shop();
    const origin = await client.get(`origins/${originId}`);
    expect(origin.body).toEqual({
      ...{ id: originId, name: 'Checkout', groupId, archived: false },
      stages: ['Base', 'Em Negociação', 'Fechado'].map((name, order) => ({
        ...{ id: stageIds[order], name, order, archived: false },
      })),
    });
    const stage = await client.post(`origins/${originId}/stages`, { name: 'Nova', order: 1 });
    expect(stage).toMatchObject({ status: 201, body: { originId, name: 'Nova', order: 1, archived: false } });
    await client.patch(`stages/${String(stageIds[0])}`, { order: 3 });
    await client.patch(`stages/${String(stageIds[2])}`, { archived: true });
    const listed = await client.all(`origins/${originId}/stages`);
    expect(listed.map(({ name, archived }) => [name, archived])).toEqual([
      ...[
        ['Nova', false],
        ['Em Negociação', false],
        ['Fechado', true],
        ['Base', false],
      ],
    ]);
    expect((await client.patch(`origins/${originId}`, { name: 'Loja' })).body).toMatchObject({ name: 'Loja' });
    expect((await client.patch(`origin-groups/${groupId}`, { archived: true })).body).toMatchObject({ archived: true });
    expect(await client.all('origin-groups?archived=false')).toEqual([]);
    expect(await client.all(`origins?groupId=${groupId}`)).toMatchObject([{ name: 'Loja' }]);
    for (const name of ['b', 'a', 'd', 'c']) await client.created('tags', { name });
    expect((await client.all('tags?limit=3')).map((tag) => tag['name'])).toEqual(['a', 'b', 'c', 'd']);
    const ownerId = await client.created('owners', { name: ' Ana ', email: 'ana@loja.example' });
    expect((await client.get(`owners/${ownerId}`)).body).toEqual({
      ...{ id: ownerId, name: 'Ana', email: 'ana@loja.example', archived: false },
    });
  });

  it('refuses what is not valid, and says which fields', async () => {
    const { client, groupId } = await shop();
    const refused = await client.post('origins', { name: '', groupId: 'x', stages: [{ name: 3 }], more: 1 });
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(fieldsOf(refused)).toEqual(['groupId', 'more', 'name', 'stages.0.name']);
    expect((await client.post('origins', { name: 'X', groupId, stages: [] })).status).toBe(400);
    await client.created('tags', { name: 'VIP' });
    expect(await client.post('tags', { name: 'vip' })).toMatchObject({ status: 409, body: { code: 'tag_exists' } });
    expect(await client.patch(`tags/${randomUUID()}`, { name: null })).toMatchObject({ status: 400 });
    expect(await client.patch(`tags/${randomUUID()}`, { name: 'x' })).toMatchObject({ status: 404 });
    expect(await client.get('tags/nada')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await client.post('tags', { name: 'a\u0000b' })).toMatchObject({ status: 400 });
    expect(await client.post('tags', { name: 'a\ud800' })).toMatchObject({ status: 400 });
    expect(await client.get('contacts?email=a%00@example.com')).toMatchObject({ status: 400 });
  });
});

describe('commands', () => {
  it('with an Idempotency-Key are done once, and answer the same', async () => {
    const client = await service.workspace();
    const key = { 'Idempotency-Key': randomUUID() };
    const first = await client.post('tags', { name: 'VIP' }, key);
    const again = await client.post('tags', { name: 'VIP' }, key);
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('ponte-position')).toBe(first.headers.get('ponte-position'));
    expect(await client.all('tags')).toHaveLength(1);
    expect(await client.post('tags', { name: 'Outra' }, key)).toMatchObject({
      ...{ status: 422, body: { code: 'idempotency_key_reused' } },
    });
    const elsewhere = await service.workspace();
    const theirs = await elsewhere.post('tags', { name: 'VIP' }, key);
    expect(theirs.status).toBe(201);
    expect(theirs.body['id']).not.toBe(first.body['id']);
  });

  it('at once with one Idempotency-Key are done once', async () => {
    const client = await service.workspace();
    const key = { 'Idempotency-Key': 'one' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => client.post('tags', { name: 'VIP' }, key)));
    expect(new Set(answers.map((answer) => `${String(answer.status)} ${String(answer.body['id'])}`)).size).toBe(1);
  });

  it('are for editors; viewers read', async () => {
    const admin = await service.workspace();
    const viewer = service.client(admin.workspace, ['viewer']);
    expect((await viewer.post('tags', { name: 'VIP' })).status).toBe(403);
    expect((await viewer.get('tags')).status).toBe(200);
    expect((await service.client(admin.workspace, ['editor']).post('tags', { name: 'VIP' })).status).toBe(201);
  });

  it('on a workspace that does not exist answer 404', async () => {
    expect((await service.client(randomUUID()).post('tags', { name: 'VIP' })).status).toBe(404);
  });
});

describe('workspaces', () => {
  it('see nothing of each other, and change nothing of each other', async () => {
    const { client, groupId, originId, stageIds, receive } = await shop();
    await receive(marina);
    const deal = await firstDeal(client);
    const tagId = await client.created('tags', { name: 'VIP' });
    const ownerId = await client.created('owners', { name: 'Ana', email: 'ana@loja.example' });
    const other = await shop();
    const paths = [
      ...[`deals/${String(deal['id'])}`, `deals/${String(deal['id'])}/events`, `contacts/${String(deal['contactId'])}`],
      ...[`origins/${originId}`, `origins/${originId}/stages`, `origin-groups/${groupId}`, `tags/${tagId}`],
      `owners/${ownerId}`,
    ];
    for (const path of paths) {
      expect([path, (await client.get(path)).status]).toEqual([path, 200]);
      expect([path, (await other.client.get(path)).status]).toEqual([path, 404]);
    }
    expect(await other.client.all('deals')).toEqual([]);
    expect(await other.client.all('contacts?email=marina%40example.com')).toEqual([]);
    expect((await other.client.post(`deals/${String(deal['id'])}/win`)).status).toBe(404);
    expect((await other.client.patch(`stages/${String(stageIds[0])}`, { name: 'x' })).status).toBe(404);
    expect((await other.client.post(`origins/${originId}/stages`, { name: 'x' })).status).toBe(404);
    const foreign = await other.client.post('origins', { name: 'x', groupId, stages: [{ name: 'x' }] });
    expect(foreign).toMatchObject({ status: 400, body: { errors: [{ field: 'groupId' }] } });
    await other.receive({ ...marina, originId });
    const [outcome] = await eventually('the outcome', async () => {
      const told = await outcomesTold(other.client);
      return told.length > 0 && told;
    });
    expect(outcome).toMatchObject({ outcome: 'rejected', reason: 'unknown_origin' });
  });
});
