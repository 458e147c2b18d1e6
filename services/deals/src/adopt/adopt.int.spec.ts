import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReceivedRecord } from '@ponte/event-log';
import type { Backup } from '@ponte/testing';
import { maxRecordBytes } from '../deals-topic.js';
import { CatalogueCache } from '../projections/catalogue-cache.js';
import { projectedTables } from '../rebuild/projected-tables.js';
import { inboundOf, itemOf, inboundPersonOf, phone } from '../testing/inbound.spec-support.js';
import { eventually, Service, type Client } from '../testing/service.spec-support.js';
import { createAdopter } from './adopter.js';

let service: Service;
let client: Client;
let originId: string;
let backup: Backup;
beforeAll(async () => {
  service = await Service.start();
  client = await service.workspace();
  const groupId = await client.created('origin-groups', { name: 'Vendas' });
  originId = await client.created('origins', {
    name: 'Checkout',
    groupId,
    stages: [{ name: 'Base' }, { name: 'Fechado' }],
  });
  await receive(1);
  await receive(2);
  await applied(2);
  backup = await service.own.backUp();
  await back();
});
afterAll(async () => {
  await service.stop();
});

/** A payload of three items about customers n, n + 1 and n + 2. */
const receive = async (n: number) => {
  const numbers = [n, n + 1, n + 2];
  const inbound = inboundOf({ originId }, randomUUID());
  await service.publish(client.workspace, [
    {
      ...inbound,
      items: numbers.map((one, index) =>
        itemOf({ index, title: `Pedido ${String(n)}`, dealTags: [`t${String(one)}`] }),
      ),
      person: {
        items: numbers.map((one, index) =>
          inboundPersonOf(
            { name: `C${String(one)}`, emails: [`c${String(one)}@example.com`], phones: [phone(one)] },
            index,
          ),
        ),
      },
    },
  ]);
};

/** Relays repeat themselves: each record once. */
const told = async () => [
  ...new Map((await service.told(client.workspace)).map((record) => [record.position, record])).values(),
];

const closings = async () =>
  (await told())
    .filter((record) => record.type === 'ponte.InboundApplied.v1')
    .map((record) => JSON.parse(record.data) as { item: number; items: number; inbound: { position: number } })
    .filter(({ item, items }) => item === items - 1)
    .map(({ inbound }) => inbound.position);
const applied = (count: number) => eventually('applied', async () => (await closings()).length === count);
/** The API can change things again. */
const back = () =>
  eventually('back', async () => (await client.post('tags', { name: randomUUID() }).catch(() => null))?.status === 201);

const everything = () =>
  service.inDatabase(async (database) => {
    const tables = projectedTables.map(async ({ name, key }) => {
      const columns = name === 'workspaces' ? 'id, name, time_zone, country, currency' : '*';
      return [name, await database.query(`SELECT ${columns} FROM ${name} ORDER BY ${key.join(', ')}`)] as const;
    });
    const log = await database.query('SELECT * FROM event_log ORDER BY partition, position');
    const heads = await database.query('SELECT * FROM event_log_heads ORDER BY partition');
    const consumers = await database.query(
      'SELECT consumer, partition, position, record_id, status FROM event_log_consumers ORDER BY partition',
    );
    const commands = await database.query('SELECT id, position FROM commands ORDER BY id');
    return { log, heads, consumers, commands, tables: Object.fromEntries(await Promise.all(tables)) };
  });

describe('a database of deals that was restored', () => {
  it('takes back from the topic what it lost, and applies nothing twice', async () => {
    const before = await told();
    await receive(30);
    await applied(3);
    await receive(1);
    const tag = { name: 'Com chave' };
    const key = { 'idempotency-key': 'one' };
    const made = await client.post('tags', tag, key);
    expect(made.status).toBe(201);
    for (let n = 0; n < 20; n++) await receive(n);
    await applied(24);
    const deal = (await client.all('deals'))[0];
    await client.post(`deals/${String(deal?.['id'])}/win`);
    const all = await eventually('all of it in the topic', async () => {
      const records = await told();
      return records.at(-1)?.type === 'ponte.StatusChanged.v1' && records;
    });
    const whole = await everything();

    await backup.restore();
    const refused = await eventually('halted', async () => {
      const answer = await client.post('tags', tag).catch(() => null);
      return answer?.status === 503 && String(answer.body['detail']).includes('log/adopt') && answer;
    });
    expect(refused.headers.get('retry-after')).toBe('5');

    // What a first batch of the lost records alone would have told: the same end follows from the state before it.
    const lost = all.slice(before.length);
    const cause = lost.find(({ causationId }) => causationId !== null)?.causationId;
    const first = lost.filter((record) => record.causationId === cause);
    const missing = await service.inDatabase((database) => {
      const adopter = createAdopter({ kafka: service.kafka, cache: new CatalogueCache(database), maxRecordBytes });
      return database.transaction(async (sql) => adopter.complete?.(sql, first.slice(0, 6)));
    });
    const copied = [
      ...(['id', 'type', 'subject', 'data', 'time'] as const),
      ...(['causationId', 'correlationId', 'traceparent', 'hops'] as const),
    ];
    const content = (record: ReceivedRecord) => ({
      ...Object.fromEntries(copied.map((name) => [name, record[name]])),
      workspaceId: client.workspace,
    });
    expect(first.length).toBeGreaterThan(8);
    expect(missing).toEqual(first.slice(6).map(content));

    const operator = service.client(client.workspace, ['operator']);
    const adopted = await operator.post('operations/log/adopt', { reason: 'the disk died' });
    expect(adopted).toMatchObject({ status: 200, body: { state: 'done', losses: [] } });
    expect(await everything()).toEqual(whole);

    await back();
    await receive(4);
    await applied(25);
    const positions = await closings();
    expect(positions).toEqual(positions.map((_, index) => index + 1));
    const repeated = await client.post('tags', tag, key);
    expect(repeated).toMatchObject({ status: 201, body: { id: made.body['id'] } });
    expect((await operator.get('operations/consumers')).body).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ status: 'running', position: 25 })]),
    });
    expect((await operator.get('operations/dead-letters')).body).toEqual({ items: [], nextCursor: null });
    expect((await operator.get('operations/log/adoptions')).body).toMatchObject({
      items: [{ reason: 'the disk died', state: 'done', partitions: [{ fromPosition: expect.any(Number) }] }],
    });
  });

  it('is not adopted where the topic has nothing more', async () => {
    const operator = service.client(client.workspace, ['operator']);
    expect(await operator.post('operations/log/adopt', { reason: 'for fun' })).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_adopt' },
    });
    const admin = service.client(client.workspace, ['admin']);
    expect((await admin.post('operations/log/adopt', { reason: 'for fun' })).status).toBe(403);
  });
});
