import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startReceiver, type Receiver } from '@ponte/testing';
import { eventually } from '../deliveries/deliveries.spec-support.js';
import { DispatcherWorld } from '../dispatcher.spec-support.js';

let world: DispatcherWorld;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  // The second try comes long after the backup.
  world = await DispatcherWorld.open({ PUBLIC_URL: receiver.url, DELIVERY_RETRY_SCHEDULE: '6s' });
  await world.start();
});
afterAll(async () => {
  await world.close();
  await receiver.close();
});

const within = (what: string, look: () => Promise<boolean>) =>
  eventually(20_000, what, () => look().catch(() => false));
const calls = (path: string) => receiver.calls(path).map((call) => call.headers['webhook-id']);
const operations = (method: string, path: string, body?: object) =>
  world.api(method, `/v1/operations/${path}`, body, { role: 'operator' });
const gateOpen = async () => ((await operations('GET', 'log')).body['gate'] as { open: boolean }).open;
/** Relays repeat themselves. */
const ends = async () => new Set((await world.said()).map(({ data }) => data['deliveryId'])).size;
const ended = (count: number) => within(`${String(count)} ended`, async () => (await ends()) === count);

describe('a database of the dispatcher that was restored', () => {
  it('calls nothing again that had ended, and what has not ended once more', async () => {
    const origin = await world.origin();
    const good = await world.integration(origin.id, `${receiver.url}/good`, {}, origin.waitFor);
    const bad = await world.integration(origin.id, `${receiver.url}/bad`);
    const slow = await world.integration(origin.id, `${receiver.url}/slow`);
    receiver.behave('/bad', { kind: 'answer', status: 410 });
    receiver.behave('/slow', { kind: 'statuses', statuses: [500, 200] });
    const happen = () => world.say(world.dealCreated(world.deal(origin.id)));
    // Pending at the time of the backup: its first try failed.
    await happen();
    await within('tried', () => Promise.resolve(calls('/slow').length === 1));
    await ended(2);
    const backup = await world.own.backUp();
    await within('back', gateOpen);
    const kept = await ends();

    await happen();
    const late = await world.integration(origin.id, `${receiver.url}/late`);
    await happen();
    // Two of the first, three of the second, four of the third; the slow one's second try has ended it.
    await ended(2 + 1 + 3 + 4);
    const before = new Map(['/good', '/bad', '/slow', '/late'].map((path) => [path, calls(path)]));
    const shown = await world.deliveries();

    await backup.restore();
    await within('halted', async () => JSON.stringify((await operations('GET', 'log')).body).includes('log/adopt'));
    await happen();
    const adopted = await operations('POST', 'log/adopt', { reason: 'the disk died' });
    expect(adopted).toMatchObject({
      status: 200,
      body: {
        state: 'done',
        losses: [
          { what: 'delivery_attempts', subject: null, count: 10 - kept },
          { what: 'integration', subject: late, count: 1 },
        ],
      },
    });
    await ended(10 + 3);
    for (const [path, ids] of before) {
      const now = calls(path);
      expect(now.slice(0, ids.length)).toEqual(ids);
      expect(now).toHaveLength(path === '/late' ? 1 : ids.length + 1);
    }

    const facts = (rows: Record<string, unknown>[]) =>
      rows
        .filter((row) => [good, bad, slow].includes(String(row['integrationId'])))
        .map(({ id, status, reason, attempts }) => ({ id, status, reason, attempts }));
    const after = facts(await world.deliveries());
    expect(after).toHaveLength(12);
    expect(after).toEqual(expect.arrayContaining(facts(shown)));
    const [left] = await world.inDatabase((database) => database.query('SELECT delivery_id FROM adopted_ends'));
    expect(left).toMatchObject({ delivery_id: expect.any(String) });
  });
});
