import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BETWEEN_HEADER, InboundReceivedV1, readEvent, signBetween } from '@ponte/contracts';
import { createTestDatabase, testServers, testTopicPrefix, type TestDatabase } from '@ponte/testing';
import { BETWEEN_SECRET, eventually, knowWorkspace, RunningIngress } from '../testing/ingress.spec-support.js';

const workspaceId = randomUUID();
const json = { 'content-type': 'application/json' };
const { brokers } = testServers();
let testDatabase: TestDatabase;
let ingress: RunningIngress;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  ingress = await RunningIngress.start({
    databaseUrl: testDatabase.url,
    brokers,
    topicPrefix: testTopicPrefix(),
  });
  await knowWorkspace(ingress.sql, workspaceId);
});

afterAll(async () => {
  await ingress.stop();
  await testDatabase.drop();
});

function fixture(name: string) {
  const path = new URL(`../../../../libs/testing/fixtures/inbound/${name}.json`, import.meta.url);
  const { request: sent } = JSON.parse(readFileSync(path, 'utf8'));
  return { method: sent.method, headers: sent.headers, body: sent.rawBody };
}

/** The record of a request in the topic, with its data read by its contract. */
async function eventOf(requestId: unknown) {
  return eventually(async () => {
    const records = await ingress.published();
    const record = records.find(({ headers }) => headers['ce_pontecorrelation'] === requestId);
    if (record === undefined) return undefined;
    return { record, data: readEvent(InboundReceivedV1, JSON.parse(String(record.value))) };
  });
}

async function listed(requestId: unknown) {
  const { body } = await ingress.api(workspaceId, 'GET', `/v1/inbound-requests/${String(requestId)}`);
  return body;
}

async function lastListed(integrationId: string) {
  const { body } = await ingress.api(workspaceId, 'GET', `/v1/inbound-requests?integrationId=${integrationId}&limit=1`);
  const items = Array.isArray(body['items']) ? body['items'] : [];
  return items[0];
}

const marina = { name: 'Marina Teste da Silva', emails: ['marina.teste@example.com'] };

describe('a payload that a tool posts', () => {
  it.each([
    ['hotmart', 'hotmart-purchase-approved', { status: 'WON', value: '297.00', product: 'Curso Exemplo' }],
    ['kiwify', 'kiwify-order-approved', { status: 'WON', value: '297.00', product: 'Curso Exemplo' }],
    ['elementor', 'elementor-advanced-on.form', {}],
    ['generic', 'sender-with-identifiers', {}],
  ])('of %s is answered with exactly 200 and becomes its event, mapped', async (preset, name, deal) => {
    const { path, id } = await ingress.integration(workspaceId, { preset });
    const { status, body, headers } = await ingress.hook(path, fixture(name));
    expect([status, body['status'], headers.get('content-type')]).toEqual([
      200,
      'accepted',
      'application/json; charset=utf-8',
    ]);
    const { record, data } = await eventOf(body['requestId']);
    expect(record.key).toBe(workspaceId);
    expect(record.headers).toMatchObject({ ce_type: 'ponte.InboundReceived.v1', ce_ponteworkspace: workspaceId });
    expect(data).toMatchObject({ requestId: body['requestId'], integrationId: id, betweenOrigins: false });
    expect(data.items[0]).toMatchObject({ index: 0, ...deal });
    expect(data.person.items[0]?.emails).toEqual(marina.emails);
    expect(data.person.items[0]?.phones[0]).toMatchObject({ e164: expect.stringMatching(/^\+55/) });
  });

  it('keeps its raw bytes, headers and query, and what it was mapped to, and shows no credentials', async () => {
    const { path } = await ingress.integration(workspaceId);
    const body = Buffer.from('email=a%40example.com&nome=Jos\xe9', 'latin1');
    const answer = await ingress.hook(`${path}?utm_source=x&y=%C3%A9`, {
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: 'Bearer a-secret-of-the-tool',
        'x-tool': 'T',
      },
    });
    const shown = await listed(answer.body['requestId']);
    expect(shown).toMatchObject({
      method: 'POST',
      query: 'utm_source=x&y=%C3%A9',
      rawBody: { encoding: 'base64', text: body.toString('base64') },
      size: body.length,
      status: 'published',
      response: { status: 200, code: 'accepted' },
      headers: { authorization: '(not kept)', 'x-tool': 'T', 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(JSON.stringify(shown)).not.toContain('a-secret-of-the-tool');
    expect(shown['mapped']).toMatchObject([{ index: 0, person: { emails: ['a@example.com'] } }]);
    expect(shown['log']).toMatchObject({ position: expect.any(Number) });
  });

  it('is read whatever its content type says, also where that is malformed or missing', async () => {
    const { path } = await ingress.integration(workspaceId);
    for (const contentType of ['text/plain', 'nonsense', ';;', 'application/json', null]) {
      const headers = contentType === null ? {} : { 'content-type': contentType };
      const body = Buffer.from('{"email":"b@example.com"}');
      const answer = await ingress.hook(path, { headers, body });
      expect(answer.status).toBe(200);
      const shown = await listed(answer.body['requestId']);
      expect(shown['mapped']).toMatchObject([{ person: { emails: ['b@example.com'] } }]);
      expect(shown['contentType']).toBe(contentType);
    }
  });

  it('by GET is its query', async () => {
    const { path } = await ingress.integration(workspaceId);
    const { status, body } = await ingress.hook(`${path}?email=c%40example.com`, { method: 'GET' });
    expect(status).toBe(200);
    expect((await listed(body['requestId']))['mapped']).toMatchObject([{ person: { emails: ['c@example.com'] } }]);
  });

  it('by GET or HEAD without a query, as link previews do, gets 200 and is not listed', async () => {
    const { path, id } = await ingress.integration(workspaceId);
    expect((await ingress.hook(path, { method: 'GET' })).status).toBe(200);
    expect((await ingress.hook(path, { method: 'HEAD' })).status).toBe(200);
    expect(await lastListed(id)).toBeUndefined();
  });

  it('goes on with the trace of its sender, or begins one', async () => {
    const { path } = await ingress.integration(workspaceId);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const traced = await ingress.hook(path, { headers: { ...json, traceparent }, body: '{"email":"d@example.com"}' });
    expect((await eventOf(traced.body['requestId'])).record.headers['traceparent']).toMatch(
      /^00-0af7651916cd43dd8448eb211c80319c-/,
    );
  });
});

describe('the same delivery id', () => {
  const post = (path: string, key: string, body: string) =>
    ingress.hook(path, { headers: { ...json, 'idempotency-key': key }, body });

  it('with the same bytes is answered with the first request, and applied once', async () => {
    const { path } = await ingress.integration(workspaceId);
    const first = await post(path, 'k1', '{"email":"e@example.com"}');
    const second = await post(path, 'k1', '{"email":"e@example.com"}');
    expect(second).toMatchObject({
      status: 200,
      body: { status: 'accepted', requestId: first.body['requestId'], duplicate: true },
    });
    await eventOf(first.body['requestId']);
    const { rows } = await ingress.sql.query('select from event_log where correlation_id = $1', [
      first.body['requestId'],
    ]);
    expect(rows).toHaveLength(1);
  });

  it('of a preset is the order with its event and status', async () => {
    const { path } = await ingress.integration(workspaceId, { preset: 'kiwify' });
    const first = await ingress.hook(path, fixture('kiwify-order-approved'));
    const again = await ingress.hook(path, fixture('kiwify-order-approved'));
    expect(again.body).toMatchObject({ duplicate: true, requestId: first.body['requestId'] });
  });

  it('with other bytes is ignored as duplicate_differs, and listed', async () => {
    const { path, id } = await ingress.integration(workspaceId);
    await post(path, 'k2', '{"email":"f@example.com"}');
    const differs = await post(path, 'k2', '{"email":"g@example.com"}');
    expect(differs).toMatchObject({ status: 200, body: { status: 'ignored', reason: 'duplicate_differs' } });
    expect(await lastListed(id)).toMatchObject({
      id: differs.body['requestId'],
      status: 'duplicate_differs',
      items: [{ index: 0, outcome: 'ignored', reason: 'duplicate_differs' }],
    });
  });
});

describe('what is refused', () => {
  const problem = 'application/problem+json; charset=utf-8';

  it('an unknown token is 404, as is a deleted integration', async () => {
    const unknown = await ingress.hook(`/in/${'A'.repeat(43)}`, { headers: json, body: '{}' });
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, problem]);
    expect((await ingress.hook('/in/short', { headers: json, body: '{}' })).status).toBe(404);
    const { path, id } = await ingress.integration(workspaceId);
    expect((await ingress.hook(path, { headers: json, body: '{"a":1}' })).status).toBe(200);
    await ingress.api(workspaceId, 'DELETE', `/v1/inbound-integrations/${id}`);
    expect((await ingress.hook(path, { headers: json, body: '{"a":1}' })).status).toBe(404);
  });

  it('a method that is not allowed is 405 with Allow, and listed', async () => {
    const { path, id } = await ingress.integration(workspaceId);
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await ingress.hook(path, { method });
      expect([answer.status, answer.headers.get('allow'), answer.headers.get('content-type')]).toEqual([
        405,
        'GET, HEAD, POST',
        problem,
      ]);
      expect(await lastListed(id)).toMatchObject({ method, status: 'refused', response: { status: 405 } });
    }
    expect((await ingress.hook(`/in/${'A'.repeat(43)}`, { method: 'PUT' })).status).toBe(404);
  });

  it('an unreadable body is 400, and listed with its bytes', async () => {
    const { path, id } = await ingress.integration(workspaceId);
    const answer = await ingress.hook(path, { headers: json, body: '{"email":' });
    expect([answer.status, answer.headers.get('content-type'), answer.body['code']]).toEqual([
      400,
      problem,
      'malformed_json',
    ]);
    const last = await lastListed(id);
    expect(last).toMatchObject({ status: 'refused', response: { status: 400, code: 'malformed_json' } });
    expect((await listed(last.id))['rawBody']).toEqual({ encoding: 'utf8', text: '{"email":' });
  });

  it('a body over 1 MiB is 413, and listed with its size; one of 1 MiB is taken', async () => {
    const { path, id } = await ingress.integration(workspaceId);
    const body = (bytes: number) => `{"x":"${'x'.repeat(bytes - 8)}"}`;
    expect((await ingress.hook(path, { headers: json, body: body(1_048_576) })).status).toBe(200);
    const answer = await ingress.hook(path, { headers: json, body: body(1_048_577) });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([413, problem]);
    expect(await lastListed(id)).toMatchObject({ status: 'refused', size: 1_048_577, response: { status: 413 } });
  });

  it('a path that is no hook is 404', async () => {
    expect((await ingress.hook('/v1/inbound-requests', { method: 'GET' })).status).toBe(404);
  });
});

describe('a call between origins', () => {
  function signed(path: string, body: string, hops: number, secret = BETWEEN_SECRET) {
    const call = { target: `/ponte${path}`, hops, body };
    return { ...json, [BETWEEN_HEADER]: signBetween(call, secret, new Date()) };
  }
  const body = '{"email":"h@example.com"}';

  it('is known by its signature, and carries its hops on', async () => {
    const { path } = await ingress.integration(workspaceId);
    const answer = await ingress.hook(path, { headers: signed(path, body, 3), body });
    const { record, data } = await eventOf(answer.body['requestId']);
    expect(data.betweenOrigins).toBe(true);
    expect(record.headers['ce_pontehops']).toBe('3');
  });

  it('with a wrong signature is a call like any other', async () => {
    const { path } = await ingress.integration(workspaceId);
    const answer = await ingress.hook(path, { headers: signed(path, body, 3, 'another secret'), body });
    expect((await eventOf(answer.body['requestId'])).data.betweenOrigins).toBe(false);
  });

  it('ends after 8 hops, listed with its reason', async () => {
    const { path, id } = await ingress.integration(workspaceId);
    const answer = await ingress.hook(path, { headers: signed(path, body, 9), body });
    expect(answer).toMatchObject({ status: 200, body: { status: 'ignored', reason: 'too_many_hops' } });
    expect(await lastListed(id)).toMatchObject({ items: [{ outcome: 'ignored', reason: 'too_many_hops' }] });
  });
});

describe('many at once', () => {
  it('get positions that follow each other, and nothing acknowledged is missing', async () => {
    const { path, id } = await ingress.integration(workspaceId);
    const answers = await Promise.all(
      Array.from({ length: 64 * 4 }, (_, n) =>
        ingress.hook(path, { headers: json, body: `{"email":"many${String(n)}@example.com"}` }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { rows } = await ingress.sql.query<{ id: string; position: string }>(
      'select id, position from inbound_requests where integration_id = $1 order by position',
      [id],
    );
    expect(new Set(rows.map((row) => row.id))).toEqual(new Set(answers.map(({ body }) => body['requestId'])));
    const positions = rows.map(({ position }) => Number(position));
    expect(positions).toEqual(positions.map((_, index) => (positions[0] ?? 0) + index));
    const acknowledged = new Set(rows.map((row) => row.id));
    await eventually(async () => {
      const records = await ingress.published();
      return records.filter(({ headers }) => acknowledged.has(headers['ce_pontecorrelation'] ?? '')).length === 256;
    });
  });
});

describe('the hooks listener', () => {
  it('is ready while payloads can be made durable', async () => {
    expect((await ingress.hook('/health/ready', { method: 'GET' })).status).toBe(200);
  });

  it('answers a request of which half never comes without disturbing others', async () => {
    const { path } = await ingress.integration(workspaceId);
    const url = new URL(ingress.hooksUrl + path);
    const half = request({
      host: url.hostname,
      port: url.port,
      path: url.pathname,
      method: 'POST',
      headers: { 'content-length': '100' },
    });
    half.on('error', () => undefined);
    half.write('{"a"');
    expect((await ingress.hook(path, { headers: json, body: '{"a":1}' })).status).toBe(200);
    half.destroy();
  });
});
