import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startKafka, startPostgres, type KafkaServer, type PostgresServer } from '@ponte/native-servers';
import { eventually, knowWorkspace, RunningIngress } from '../testing/ingress.spec-support.js';

const workspaceId = randomUUID();
const folder = mkdtempSync(join(tmpdir(), 'ponte-ingress-'));
let postgres: PostgresServer;
let kafka: KafkaServer;
let ingress: RunningIngress;

beforeAll(async () => {
  await chmod(folder, 0o711);
  [postgres, kafka] = await Promise.all([
    startPostgres({ dataDir: join(folder, 'postgres'), password: 'ponte-tests' }),
    startKafka({ dataDir: join(folder, 'kafka') }),
  ]);
  await kafka.stop();
  ingress = await RunningIngress.start({ databaseUrl: postgres.url, brokers: [kafka.brokers], topicPrefix: 'o.' });
  await knowWorkspace(ingress.sql, workspaceId);
}, 120_000);

afterAll(async () => {
  await ingress.stop();
  await Promise.all([kafka.stop(), postgres.stop()]);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const post = (path: string, n: number) =>
  ingress.hook(path, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `p${String(n)}@example.com` }),
  });

async function postAll(path: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { status, body } = await post(path, n);
    expect([status, body['status']]).toEqual([200, 'accepted']);
    ids.push(String(body['requestId']));
  }
  return ids;
}

/** The requests of these that are in the topic, in its order; one that a relay sent again counts once, as for a consumer. */
async function inTopic(ids: readonly string[]): Promise<string[]> {
  const records = await ingress.published();
  const found = records.map(({ headers }) => headers['ce_pontecorrelation'] ?? '').filter((id) => ids.includes(id));
  return [...new Set(found)];
}

async function statuses(integrationId: string): Promise<unknown[]> {
  const path = `/v1/inbound-requests?integrationId=${integrationId}&limit=200`;
  const { body } = await ingress.api(workspaceId, 'GET', path);
  return Array.isArray(body['items']) ? body['items'].map(({ status }: { status: unknown }) => status) : [];
}

describe('while Kafka is away', () => {
  it('payloads are accepted with 200 and held; when it is there, they are published in order of arrival', async () => {
    const { path, id } = await ingress.integration(workspaceId);
    const held = await postAll(path, 5);
    expect(await statuses(id)).toEqual(['held', 'held', 'held', 'held', 'held']);
    expect((await ingress.hook('/health/ready', { method: 'GET' })).status).toBe(200);
    const shown = await ingress.api(workspaceId, 'GET', `/v1/inbound-requests/${String(held[0])}`);
    expect(shown.body).toMatchObject({ log: null, mapped: [{ person: { emails: ['p0@example.com'] } }] });

    await kafka.start();
    // What arrives while it drains joins its end.
    const later = await postAll(path, 20);
    const all = [...held, ...later];
    await eventually(async () => (await inTopic(all)).length === all.length, 30_000);
    expect(await inTopic(all)).toEqual(all);
    expect(new Set(await statuses(id))).toEqual(new Set(['published']));
  }, 60_000);
});

describe('a paused integration', () => {
  it('answers 200 and keeps what comes, and publishes it on resume in order of arrival', async () => {
    const [paused, other] = [await ingress.integration(workspaceId), await ingress.integration(workspaceId)];
    expect((await ingress.api(workspaceId, 'POST', `/v1/inbound-integrations/${paused.id}/pause`)).body).toMatchObject({
      status: 'paused',
    });
    const held = await postAll(paused.path, 3);
    const [direct] = await postAll(other.path, 1);
    await eventually(async () => (await inTopic([String(direct)])).length === 1);
    expect(await inTopic(held)).toEqual([]);
    await ingress.api(workspaceId, 'POST', `/v1/inbound-integrations/${paused.id}/resume`);
    const later = await postAll(paused.path, 3);
    const all = [...held, ...later];
    await eventually(async () => (await inTopic(all)).length === all.length);
    expect(await inTopic(all)).toEqual(all);
    const changes = await ingress.api(workspaceId, 'GET', `/v1/inbound-integrations/${paused.id}/changes`);
    expect(changes.body).toMatchObject({
      items: [
        { kind: 'resumed', changedBy: 'ana', changes: { status: { from: 'paused', to: 'active' } } },
        { kind: 'paused' },
        { kind: 'created' },
      ],
    });
  });
});

describe('while Postgres is away', () => {
  it('the answer is a quick 503 with Retry-After, and what was acknowledged before and after is not lost', async () => {
    const { path } = await ingress.integration(workspaceId);
    const before = await postAll(path, 3);
    await postgres.kill9();
    const startedAt = Date.now();
    const refused = await Promise.all([post(path, 100), post(path, 101)]);
    expect(Date.now() - startedAt).toBeLessThan(3_500);
    for (const answer of refused) {
      expect([answer.status, answer.headers.get('retry-after'), answer.body['code']]).toEqual([
        503,
        '2',
        'not_durable',
      ]);
    }
    expect((await ingress.hook('/health/ready', { method: 'GET' })).status).toBe(503);
    await postgres.start();
    const [first] = await eventually(async () => {
      const { status, body } = await post(path, 3);
      return status === 200 && [String(body['requestId'])];
    });
    const all = [...before, first, ...(await postAll(path, 3))];
    await eventually(async () => (await inTopic(all)).length === all.length, 30_000);
    expect(await inTopic(all)).toEqual(all);
    expect((await ingress.hook('/health/ready', { method: 'GET' })).status).toBe(200);
  }, 60_000);

  it('a payload that is under way when it goes is written once, or answered with 503', async () => {
    const { path, id } = await ingress.integration(workspaceId);
    await postAll(path, 1);
    await postgres.kill9();
    const [answer] = await Promise.all([post(path, 1), postgres.start()]);
    expect([200, 503]).toContain(answer.status);
    const listed = await eventually(async () => {
      const found = await statuses(id).catch(() => []);
      return found.length > 0 && found;
    });
    if (answer.status === 200) expect(listed).toHaveLength(2);
  }, 60_000);
});
