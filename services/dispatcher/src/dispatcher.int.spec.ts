import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startReceiver, type Receiver } from '@ponte/testing';
import { eventually } from './deliveries/deliveries.spec-support.js';
import { DispatcherWorld } from './dispatcher.spec-support.js';

let world: DispatcherWorld;
let receiver: Receiver;
let origin: { id: string; stageId: string; waitFor: string };

beforeAll(async () => {
  receiver = await startReceiver();
  world = await DispatcherWorld.open({ PUBLIC_URL: receiver.url });
  await world.start();
  origin = await world.origin();
});
afterAll(async () => {
  await world.close();
  await receiver.close();
});
afterEach(() => {
  receiver.clear();
});

const statusesOf = async (integrationId: string): Promise<unknown[]> =>
  (await world.deliveries(`&integrationId=${integrationId}`)).map((one) => one['status']);

describe('an event', () => {
  it('becomes a call to each integration that fires for it, and its end is told', async () => {
    const post = await world.integration(origin.id, `${receiver.url}/post`, {}, origin.waitFor);
    const get = await world.integration(origin.id, `${receiver.url}/get`, {
      method: 'GET',
      mapping: [{ field: 'contact.email', identifier: 'mail' }],
    });
    const deal = world.deal(origin.id);
    const [event] = await world.say(world.dealCreated(deal));
    const posted = await receiver.waitFor((call) => call.path === '/post', 10_000);
    const got = await receiver.waitFor((call) => call.path === '/get', 10_000);
    expect(JSON.parse(posted?.body ?? '')).toMatchObject({ contact_email: 'marina@example.com', deal_id: deal.id });
    expect(got?.query).toEqual({ mail: 'marina@example.com' });
    await eventually(10_000, 'both ended', async () => (await world.deliveries('&status=succeeded')).length === 2);

    const [delivery] = await world.deliveries(`&integrationId=${post}`);
    expect(delivery).toMatchObject({ eventId: event?.id, dealId: deal.id, attempts: 1, reason: null });
    const detail = await world.api('GET', `/v1/deliveries/${String(delivery?.['id'])}`);
    expect(detail.body).toMatchObject({
      request: {
        method: 'POST',
        url: `${receiver.url}/post`,
        headers: { 'webhook-id': posted?.headers['webhook-id'] },
      },
      attemptLog: [{ number: 1, statusCode: 200, error: null }],
    });
    await eventually(10_000, 'the ends are on the topic', async () => (await world.said()).length === 2);
    expect((await world.said()).map((one) => [one.type, one.data['integrationId']]).sort()).toEqual(
      [post, get].map((id) => ['ponte.DeliverySucceeded.v1', id]).sort(),
    );
    await world.api('DELETE', `/v1/outbound-integrations/${post}`);
    await world.api('DELETE', `/v1/outbound-integrations/${get}`);
  });

  it('that happened before an integration was switched on fires nothing', async () => {
    const id = await world.integration(origin.id, `${receiver.url}/past`);
    const before = new Date(Date.now() - 60_000);
    await world.say(
      world.dealCreated(world.deal(origin.id), { time: before }),
      world.dealCreated(world.deal(origin.id)),
    );
    await eventually(10_000, 'one came', () => receiver.calls('/past').length > 0);
    expect(await statusesOf(id)).toHaveLength(1);
    await world.api('DELETE', `/v1/outbound-integrations/${id}`);
  });

  it('that goes round between origins is signed with its hops, and ends after eight with a reason', async () => {
    const id = await world.integration(origin.id, `${receiver.url}/in/token`);
    await world.say(world.dealCreated(world.deal(origin.id), { hops: 7 }));
    const call = await receiver.waitFor((one) => one.path === '/in/token', 10_000);
    expect(call?.headers['ponte-between']).toMatch(/^t=\d+,hops=8,v1=[0-9a-f]{64}$/);
    receiver.clear();
    const looping = world.deal(origin.id);
    await world.say(world.dealCreated(looping, { hops: 8 }));
    await eventually(10_000, 'it failed', async () => (await world.deliveries('&status=failed')).length === 1);
    expect(await world.deliveries(`&dealId=${looping.id}`)).toMatchObject([
      { status: 'failed', reason: 'too_many_hops', attempts: 0 },
    ]);
    expect(receiver.calls('/in/token')).toEqual([]);
    await eventually(10_000, 'it is told', async () =>
      (await world.said()).some(({ data }) => data['dealId'] === looping.id && data['reason'] === 'too_many_hops'),
    );
    await world.api('DELETE', `/v1/outbound-integrations/${id}`);
  });
});

describe('a pause', () => {
  const pausedWithOne = async (path: string): Promise<string> => {
    const id = await world.integration(origin.id, `${receiver.url}${path}`);
    await world.api('POST', `/v1/outbound-integrations/${id}/pause`);
    await world.say(world.dealCreated(world.deal(origin.id)));
    await eventually(10_000, 'it is held', async () => (await statusesOf(id)).includes('held'));
    expect(receiver.calls(path)).toEqual([]);
    return id;
  };

  it('holds what happens, and resuming with send sends it', async () => {
    const id = await pausedWithOne('/held');
    expect(await world.deliveries(`&integrationId=${id}&status=pending`)).toEqual([]);
    const resumed = await world.api('POST', `/v1/outbound-integrations/${id}/resume`, { held: 'send' });
    expect(resumed.body).toMatchObject({ status: 'active' });
    expect(await receiver.waitFor((call) => call.path === '/held', 10_000)).not.toBeNull();
    await world.api('DELETE', `/v1/outbound-integrations/${id}`);
  });

  it('resumed with discard sends nothing of it, also what is heard of later, and what happens then', async () => {
    const id = await pausedWithOne('/discarded');
    const during = new Date();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await world.api('POST', `/v1/outbound-integrations/${id}/resume`, { held: 'discard' });
    expect(await statusesOf(id)).toEqual(['discarded']);
    const [late, after] = [world.deal(origin.id), world.deal(origin.id)];
    await world.say(world.dealCreated(late, { time: during }), world.dealCreated(after));
    await receiver.waitFor((call) => call.path === '/discarded', 10_000);
    expect(receiver.calls('/discarded').map((call) => (JSON.parse(call.body) as { deal_id: string }).deal_id)).toEqual([
      after.id,
    ]);
    await world.api('DELETE', `/v1/outbound-integrations/${id}`);
  });
});

describe('a deleted integration', () => {
  it('sends nothing that still waited, and keeps its history', async () => {
    receiver.behave('/broken', { kind: 'answer', status: 500 });
    const id = await world.integration(origin.id, `${receiver.url}/broken`);
    const deal = world.deal(origin.id);
    await world.say(world.dealCreated(deal), world.dealCreated(deal));
    await eventually(10_000, 'it was tried', () => receiver.calls('/broken').length > 0);
    await world.api('DELETE', `/v1/outbound-integrations/${id}`);
    await eventually(10_000, 'nothing waits', async () =>
      (await statusesOf(id)).every((status) => status === 'discarded' || status === 'failed'),
    );
    expect(await statusesOf(id)).toHaveLength(2);
    expect((await world.api('GET', `/v1/outbound-integrations/${id}`)).status).toBe(404);
    const { body } = await world.api('GET', `/v1/outbound-integrations/${id}/changes`);
    expect(body['items']).toMatchObject([{ kind: 'deleted', changedBy: 'ana' }, { kind: 'created' }]);
  });
});

describe('a delivery that failed', () => {
  it('can be tried again by hand, with the same id', async () => {
    receiver.behave('/mended', { kind: 'statuses', statuses: [410, 200] });
    const id = await world.integration(origin.id, `${receiver.url}/mended`);
    await world.say(world.dealCreated(world.deal(origin.id)));
    await eventually(10_000, 'it failed', async () => (await statusesOf(id)).includes('failed'));
    const [failed] = await world.deliveries(`&integrationId=${id}`);
    expect(failed).toMatchObject({ reason: 'gone' });
    const path = `/v1/deliveries/${String(failed?.['id'])}/retry`;
    expect((await world.api('POST', path)).status).toBe(200);
    await eventually(10_000, 'it succeeded', async () => (await statusesOf(id)).includes('succeeded'));
    expect(new Set(receiver.calls('/mended').map((call) => call.headers['webhook-id'])).size).toBe(1);
    expect(await world.api('POST', path)).toMatchObject({ status: 409, body: { code: 'not_failed' } });
    await world.api('DELETE', `/v1/outbound-integrations/${id}`);
  });
});

describe('the integrations API', () => {
  const draft = (over: object = {}) => ({
    ...{ name: 'R', trigger: 'DealCreated', originId: origin.id, url: 'https://receiver.example/x', method: 'POST' },
    ...over,
  });
  const refusedFields = async (over: object): Promise<unknown[]> => {
    const { status, body } = await world.api('POST', '/v1/outbound-integrations', draft(over));
    expect(status).toBe(400);
    return (body['errors'] as { field: string }[]).map((error) => error.field);
  };

  it.each([
    ['an unknown origin', () => ({ originId: randomUUID() }), 'originId'],
    ['a stage of no origin', () => ({ filter: { stageIds: [randomUUID()] } }), 'filter.stageIds'],
    ['from and to of another trigger', () => ({ filter: { toStageIds: [origin.stageId] } }), 'filter.toStageIds'],
    ['an unknown tag', () => ({ filter: { tagIds: [randomUUID()] } }), 'filter.tagIds'],
    ['a link that is none', () => ({ url: 'ftp://x' }), 'url'],
    ['a link with a password', () => ({ url: 'https://a:b@x.example/' }), 'url'],
    ['a link that is too long', () => ({ url: `https://x.example/${'x'.repeat(2_000)}` }), 'url'],
    ['an unknown field', () => ({ mapping: [{ field: 'deal.nothing', identifier: 'x' }] }), 'mapping[0].field'],
    ['another method', () => ({ method: 'PUT' }), 'method'],
    ['another trigger', () => ({ trigger: 'DealDeleted' }), 'trigger'],
  ])('refuses %s by its field', async (_, over, field) => {
    expect(await refusedFields(over())).toEqual([field]);
  });

  it('warns that GET shows the fields in URLs', async () => {
    const { body } = await world.api('POST', '/v1/outbound-integrations', draft({ method: 'GET' }));
    expect(body).toMatchObject({ status: 'active', filter: {}, warnings: [{ code: 'get_exposes_data' }] });
    expect(body['mapping']).toContainEqual({ field: 'contact.email', identifier: 'contact_email' });
    const edited = await world.api('PATCH', `/v1/outbound-integrations/${String(body['id'])}`, { method: 'POST' });
    expect(edited.body).toMatchObject({ method: 'POST', warnings: [], name: 'R' });
    const changes = await world.api('GET', `/v1/outbound-integrations/${String(body['id'])}/changes`);
    expect((changes.body['items'] as unknown[])[0]).toMatchObject({
      kind: 'edited',
      changes: { method: { from: 'GET', to: 'POST' } },
    });
  });

  it('shows a workspace its own alone, and lets viewers only look', async () => {
    const id = await world.integration(origin.id, 'https://receiver.example/own');
    const other = { workspaceId: randomUUID() };
    expect((await world.api('GET', `/v1/outbound-integrations/${id}`, undefined, other)).status).toBe(404);
    expect((await world.api('DELETE', `/v1/outbound-integrations/${id}`, undefined, other)).status).toBe(404);
    const viewer = { role: 'viewer' as const };
    expect((await world.api('GET', `/v1/outbound-integrations/${id}`, undefined, viewer)).status).toBe(200);
    expect((await world.api('POST', `/v1/outbound-integrations/${id}/pause`, undefined, viewer)).status).toBe(403);
  });

  it('waits for a position of the deals topic, and says so when it has not come', async () => {
    const [partition] = origin.waitFor.split('/');
    const waitFor = `${String(partition)}/999999`;
    expect(await world.api('GET', '/v1/outbound-integrations', undefined, { waitFor })).toMatchObject({
      status: 503,
      body: { code: 'not_caught_up' },
    });
  });

  it('puts its log and its consumer before operators, and no workspace’s admin', async () => {
    expect((await world.api('GET', '/v1/operations/dead-letters', undefined, { role: 'admin' })).status).toBe(403);
    const operator = { role: 'operator' as const };
    const { body } = await world.api('GET', '/v1/operations/consumers', undefined, operator);
    const first = { consumer: 'dispatcher.deals', partition: 0, status: 'running' };
    expect(body['items']).toContainEqual(expect.objectContaining(first));
    const log = { topic: 'ponte.deliveries.v1', relay: { here: { state: 'relaying' } } };
    expect((await world.api('GET', '/v1/operations/log', undefined, operator)).body).toMatchObject(log);
  });

  it('lists in pages, and the fields that can be sent', async () => {
    const first = await world.api('GET', '/v1/outbound-integrations?limit=1');
    const cursor = String(first.body['nextCursor']);
    const second = await world.api('GET', `/v1/outbound-integrations?limit=1&cursor=${cursor}`);
    expect(second.body['items']).toHaveLength(1);
    expect(second.body['items']).not.toEqual(first.body['items']);
    const fields = await world.api('GET', '/v1/outbound-fields');
    expect(fields.body['items']).toContainEqual(
      expect.objectContaining({ field: 'deal.owner', identifier: 'deal_user', group: 'deal' }),
    );
  });
});
