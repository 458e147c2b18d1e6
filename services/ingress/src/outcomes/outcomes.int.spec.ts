import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, testServers, testTopicPrefix, type TestDatabase } from '@ponte/testing';
import { applied, DealsStandIn } from '../testing/deals.spec-support.js';
import { eventually, RunningIngress } from '../testing/ingress.spec-support.js';

const { brokers } = testServers();
const databases: TestDatabase[] = [];
let ingress: RunningIngress;
let deals: DealsStandIn;

beforeAll(async () => {
  const topicPrefix = testTopicPrefix();
  databases.push(await createTestDatabase(), await createTestDatabase());
  const [own, theirs] = databases.map(({ url }) => url);
  deals = await DealsStandIn.start(theirs ?? '', brokers, topicPrefix);
  ingress = await RunningIngress.start({ databaseUrl: own ?? '', brokers, topicPrefix });
});

afterAll(async () => {
  await ingress.stop();
  await deals.stop();
  for (const database of databases) await database.drop();
});

async function workspace() {
  const id = randomUUID();
  return { id, ...(await deals.makeCatalogue(id)) };
}

/** Posts payloads and answers their requests with their places in the log. */
async function post(path: string, workspaceId: string, count: number) {
  const requests: { id: string; inbound: { partition: number; position: number } }[] = [];
  for (let n = 0; n < count; n += 1) {
    const body = `{"email":"x${String(n)}@example.com"}`;
    const answer = await ingress.hook(path, { headers: { 'content-type': 'application/json' }, body });
    const id = String(answer.body['requestId']);
    const shown = await ingress.api(workspaceId, 'GET', `/v1/inbound-requests/${id}`);
    requests.push({ id, inbound: JSON.parse(JSON.stringify(shown.body['log'])) });
  }
  return requests;
}

async function statusPart(name: string) {
  const { body } = await ingress.api(randomUUID(), 'GET', '/health/status');
  const parts: unknown = body['parts'];
  return Object.entries(typeof parts === 'object' && parts !== null ? parts : {}).find(([part]) => part === name)?.[1];
}

describe('an integration', () => {
  it('can name at once what the deals API has just made, with ponte-wait-for', async () => {
    const { id, originId, stageId, tagId, ownerId, waitFor } = await workspace();
    const draft = {
      name: 'Checkout',
      preset: 'hotmart',
      target: 'deal',
      mode: 'create_or_update',
      originId,
      settings: { tags: { tagIds: [tagId] }, stage: { stageId }, status: { status: 'WON' }, owner: { ownerId } },
    };
    const headers = { 'ponte-wait-for': waitFor };
    const made = await ingress.api(id, 'POST', '/v1/inbound-integrations', draft, { headers });
    expect(made).toMatchObject({
      status: 201,
      body: {
        originId,
        status: 'active',
        closedDealsMatch: true,
        url: expect.stringMatching(/^https:\/\/hooks\.example\.com\/ponte\/in\/[\w-]{43}$/),
        settings: {
          tags: { tagIds: [tagId], when: 'always' },
          stage: { stageId, when: 'always' },
          status: { status: 'WON', lostReason: null, when: 'always' },
          owner: { ownerId, when: 'where_none' },
        },
      },
    });
  });

  it('that waits for what never comes is told so, and may come again', async () => {
    const { id, partition } = await workspace();
    const headers = { 'ponte-wait-for': `${String(partition)}/999999` };
    const answer = await ingress.api(id, 'GET', '/v1/inbound-integrations', undefined, { headers });
    expect(answer).toMatchObject({ status: 503, body: { code: 'not_caught_up' } });
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  it('is refused with every mistake by its field where it names what is not of its workspace', async () => {
    const [own, other] = [await workspace(), await workspace()];
    const draft = {
      name: 'X',
      preset: 'nope',
      target: 'deal',
      mode: 'create',
      originId: other.originId,
      mapping: { fields: [{ target: 'deal.nothing', from: ['a'] }] },
      settings: { stage: { stageId: own.stageId }, tags: { tagIds: [other.tagId] }, owner: { ownerId: other.ownerId } },
    };
    const headers = { 'ponte-wait-for': own.waitFor };
    const { status, body } = await ingress.api(own.id, 'POST', '/v1/inbound-integrations', draft, { headers });
    const errors: unknown = body['errors'];
    const fields = Array.isArray(errors) ? errors.map(({ field }: { field: string }) => field) : [];
    expect([status, fields]).toEqual([
      400,
      [
        'preset',
        'originId',
        'mapping.fields[0].target',
        'settings.tags.tagIds.0',
        'settings.stage.stageId',
        'settings.owner.ownerId',
      ],
    ]);
  });
});

describe('the outcome of a payload', () => {
  it('is shown with its request, and makes it applied once every item has one', async () => {
    const { id, waitFor } = await workspace();
    await ingress.api(id, 'GET', '/v1/presets', undefined, { headers: { 'ponte-wait-for': waitFor } });
    const integration = await ingress.integration(id);
    const [first, second] = await post(integration.path, id, 2);
    if (first === undefined || second === undefined) throw new Error('nothing was received');
    const warnings = [{ field: 'stage', code: 'unknown_stage', detail: 'x' }];
    await deals.say(
      id,
      applied(first.id, integration.id, first.inbound, { matchedBy: 'email', outcome: 'updated', warnings }),
      applied(second.id, integration.id, second.inbound, {
        outcome: 'rejected',
        reason: 'no_identity',
        contactId: null,
      }),
    );
    const list = async (query: string) => {
      const { body } = await ingress.api(id, 'GET', `/v1/inbound-requests?${query}`);
      return body;
    };
    await eventually(async () => {
      const page = await list('limit=2');
      return JSON.stringify(page).split('"applied"').length === 3;
    });
    expect(await list('outcome=rejected')).toMatchObject({
      items: [{ id: second.id, status: 'applied', items: [{ index: 0, outcome: 'rejected', reason: 'no_identity' }] }],
      nextCursor: null,
    });
    const page = await list('limit=1');
    expect(page).toMatchObject({ items: [{ id: second.id }], nextCursor: expect.any(String) });
    expect(await list(`limit=1&cursor=${String(page['nextCursor'])}`)).toMatchObject({
      items: [{ id: first.id, items: [{ outcome: 'updated', matchedBy: 'email', warnings }] }],
    });
    expect(await list(`outcome=updated&integrationId=${randomUUID()}`)).toMatchObject({ items: [] });
  });

  it('that is missing degrades the status until an operator accepts it with a reason', async () => {
    const { id, waitFor } = await workspace();
    await ingress.api(id, 'GET', '/v1/presets', undefined, { headers: { 'ponte-wait-for': waitFor } });
    const integration = await ingress.integration(id);
    const requests = await post(integration.path, id, 3);
    const [one, two, three] = requests;
    if (one === undefined || two === undefined || three === undefined) throw new Error('nothing was received');
    await deals.say(id, applied(one.id, integration.id, one.inbound), applied(three.id, integration.id, three.inbound));
    const gap = await eventually(async () => {
      const { body } = await ingress.api(id, 'GET', '/v1/operations/outcome-gaps', undefined, { role: 'operator' });
      const items: unknown = body['items'];
      const found: { id: number; kind: string }[] = Array.isArray(items) ? items : [];
      return found.find((item) => item.kind === 'missing');
    });
    expect(gap).toMatchObject({
      kind: 'missing',
      firstPosition: two.inbound.position,
      lastPosition: two.inbound.position,
    });
    expect(await statusPart('outcomes')).toMatchObject({ status: 'degraded' });
    const path = `/v1/operations/outcome-gaps/${String(gap.id)}/accept`;
    expect((await ingress.api(id, 'POST', path, { reason: 'tested' }, { role: 'admin' })).status).toBe(403);
    expect((await ingress.api(id, 'POST', path, { reason: 'tested' }, { role: 'operator' })).status).toBe(204);
    expect(await statusPart('outcomes')).toMatchObject({ status: 'ok' });
  });
});

describe('operations', () => {
  it('show the log and what follows the deals', async () => {
    const operations = (what: string, role: 'admin' | 'operator' = 'operator') =>
      ingress.api(randomUUID(), 'GET', `/v1/operations/${what}`, undefined, { role });
    expect((await operations('log', 'admin')).status).toBe(403);
    expect((await operations('log')).body).toMatchObject({ topic: 'ponte.inbound.v1', check: { state: 'passed' } });
    const { body } = await operations('consumers');
    const first = { consumer: 'ingress.deals', partition: 0, status: 'running' };
    expect(body['items']).toEqual(expect.arrayContaining([expect.objectContaining(first)]));
    expect(await statusPart('consumer ingress.deals')).toMatchObject({ status: 'ok' });
  });
});
