import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, testServers, testTopicPrefix, type TestDatabase } from '@ponte/testing';
import { applied, DealsStandIn } from '../testing/deals.spec-support.js';
import { eventually, knowWorkspace, RunningIngress, type Reply } from '../testing/ingress.spec-support.js';

const { brokers } = testServers();
const workspace = randomUUID();
let database: TestDatabase;
let theirs: TestDatabase;
let deals: DealsStandIn;
let ingress: RunningIngress;

beforeAll(async () => {
  [database, theirs] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const topicPrefix = testTopicPrefix();
  deals = await DealsStandIn.start(theirs.url, brokers, topicPrefix);
  ingress = await RunningIngress.start({ databaseUrl: database.url, brokers, topicPrefix });
  await knowWorkspace(ingress.sql, workspace);
});
afterAll(async () => {
  await ingress.stop();
  await deals.stop();
  await Promise.all([database.drop(), theirs.drop()]);
});

/** Posts until ingress takes it: connections break in a backup and a restore. */
const post = (path: string, email: string, deliveryId?: string): Promise<Reply> =>
  eventually(async () => {
    const headers = {
      'content-type': 'application/json',
      ...(deliveryId === undefined ? {} : { 'idempotency-key': deliveryId }),
    };
    const reply = await ingress.hook(path, { headers, body: JSON.stringify({ email }) });
    return reply.status === 200 && reply;
  });
const idOf = (reply: Reply) => String(reply.body['requestId']);
/** Relays repeat themselves: each record once. */
const published = async () => [...new Set((await ingress.published()).map(({ headers }) => headers['ce_id']))];
const appeared = (count: number) => eventually(async () => (await published()).length === count);
const shown = async (id: string) => (await ingress.api(workspace, 'GET', `/v1/inbound-requests/${id}`)).body;
const operations = (method: string, path: string, body?: object) =>
  ingress.api(workspace, method, `/v1/operations/${path}`, body, { role: 'operator' });
/** Deals tells what became of requests, in the order of their positions. */
const applyAll = async (ids: readonly string[]) => {
  const places = await Promise.all(
    ids.map(async (id) => {
      const { log, integrationId } = await shown(id);
      return { id, integrationId: String(integrationId), inbound: log as { partition: number; position: number } };
    }),
  );
  places.sort((a, b) => a.inbound.position - b.inbound.position);
  await deals.say(workspace, ...places.map(({ id, integrationId, inbound }) => applied(id, integrationId, inbound)));
  for (const id of ids) await eventually(async () => (await shown(id))['status'] === 'applied');
};
const gateOpen = async () =>
  ((await operations('GET', 'log').catch(() => null))?.body['gate'] as { open?: boolean })?.open;

describe('a database of ingress that was restored', () => {
  it('takes its requests back from the topic, and knows repetitions again', async () => {
    const { path } = await ingress.integration(workspace);
    const paused = await ingress.integration(workspace);
    const first = idOf(await post(path, 'a@example.com', 'a'));
    await ingress.api(workspace, 'POST', `/v1/inbound-integrations/${paused.id}/pause`);
    const held = idOf(await post(paused.path, 'h@example.com'));
    await appeared(1);
    const backup = await database.backUp();
    await eventually(async () => (await gateOpen()) === true);

    const second = idOf(await post(path, 'b@example.com', 'b'));
    const third = idOf(await post(path, 'c@example.com'));
    await ingress.api(workspace, 'POST', `/v1/inbound-integrations/${paused.id}/resume`);
    const made = await ingress.integration(workspace);
    const fourth = idOf(await post(made.path, 'd@example.com'));
    await appeared(5);
    const told = await published();
    await applyAll([first, second, third, held, fourth]);
    const before = { second: await shown(second), held: await shown(held) };

    await backup.restore();
    // The sender of the second one got no answer, and sends again.
    const again = idOf(await post(path, 'b@example.com', 'b'));
    const other = idOf(await post(path, 'not b@example.com', 'b'));
    const fresh = idOf(await post(path, 'e@example.com', 'e'));
    expect(again).not.toBe(second);
    await eventually(async () => {
      const status = await ingress.api(workspace, 'GET', '/health/status').catch(() => null);
      return JSON.stringify(status?.body).includes('log/adopt');
    });
    expect(await published()).toEqual(told);

    const adopted = await operations('POST', 'log/adopt', { reason: 'the disk died' });
    expect(adopted).toMatchObject({
      status: 200,
      body: {
        ...{ state: 'done', askedBy: 'ana', reason: 'the disk died' },
        losses: [
          { what: 'integration', subject: made.id, count: 1 },
          { what: 'request_content', subject: null, count: 3 },
        ],
      },
    });
    await appeared(6);
    expect(await published()).toEqual([...told, fresh]);
    // The consumer's row is as old as the backup: it reads the outcomes again.
    for (const id of [first, second, third, held, fourth]) {
      await eventually(async () => (await shown(id))['status'] === 'applied');
    }
    expect((await operations('GET', 'outcome-gaps')).body).toEqual({ items: [], nextCursor: null });

    const { contentType, headers, method, rawBody, size, query, deliveryId, ...kept } = before.second;
    expect([contentType, headers, method, rawBody, size, query, deliveryId]).not.toContain(null);
    expect(await shown(second)).toEqual({
      ...kept,
      ...{ contentLost: true, contentType: null, headers: {}, method: null, rawBody: null, size: null, query: '' },
      deliveryId: null,
    });
    expect(await shown(held)).toEqual(before.held);
    expect(await shown(first)).toMatchObject({ contentLost: false, rawBody: { text: '{"email":"a@example.com"}' } });
    expect(await shown(third)).toMatchObject({ status: 'applied', contentLost: true });
    expect(await shown(fourth)).toMatchObject({ status: 'applied', integrationId: made.id });
    expect(await shown(again)).toMatchObject({
      status: 'duplicate',
      items: [{ outcome: 'ignored', reason: 'duplicate' }],
    });
    expect(await shown(other)).toMatchObject({
      status: 'duplicate_differs',
      items: [{ outcome: 'ignored', reason: 'duplicate_differs' }],
    });
    expect(idOf(await post(path, 'b@example.com', 'b'))).toBe(second);
    expect(await published()).toHaveLength(6);
  });
});
