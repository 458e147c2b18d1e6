import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseUnavailable } from '@ponte/service-kit';
import { startReceiver, type Receiver } from '@ponte/testing';
import { DeliveryWorld, eventually } from './deliveries.spec-support.js';
import { insertDeliveries } from './insert-deliveries.js';
import { releaseInstances } from './instance-lease.js';

let world: DeliveryWorld;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.close());
beforeEach(async () => {
  world = await DeliveryWorld.open();
});
afterEach(async () => {
  await world.close();
  receiver.clear();
});

const positionsAt = (path: string): number[] =>
  receiver.calls(path).map((call) => (JSON.parse(call.body) as { position: number }).position);

describe('a lane', () => {
  it('goes one after the other in the order of its events, also when tries fail in between', async () => {
    receiver.behave('/flaky', { kind: 'statuses', statuses: [500, 503, 200, 500, 200] });
    const integration = await world.integration(`${receiver.url}/flaky`);
    const deal = randomUUID();
    const lane = [1, 2, 3, 4].map(() => world.delivery(integration, deal));
    await world.insert(lane.slice(0, 2));
    await world.insert(lane.slice(2));
    await world.engine().start();
    await world.settled();
    const [first, second, third, fourth] = lane.map((one) => one.laneSeq);
    expect(positionsAt('/flaky')).toEqual([first, first, first, second, second, third, fourth]);
    expect(world.finished.map((one) => one.next.kind)).toEqual(Array(4).fill('succeeded'));
  });

  it('goes on after the one before it has failed for good', async () => {
    receiver.behave('/broken', { kind: 'statuses', statuses: [500, 500, 500, 500, 200] });
    const integration = await world.integration(`${receiver.url}/broken`);
    const deal = randomUUID();
    const lane = [1, 2].map(() => world.delivery(integration, deal));
    await world.insert(lane);
    await world.engine().start();
    await world.settled();
    expect(world.finished.map((one) => one.next)).toEqual([
      { kind: 'failed', reason: 'exhausted' },
      { kind: 'succeeded' },
    ]);
  });

  it('waits for no other lane', async () => {
    receiver.behave('/hanging', { kind: 'hang' });
    const hanging = await world.integration(`${receiver.url}/hanging`);
    const healthy = await world.integration(`${receiver.url}/healthy`);
    await world.insert(Array.from({ length: 100 }, () => world.delivery(hanging, randomUUID())));
    await world.engine({ timeoutMs: 2_000 }).start();
    await eventually(5_000, 'the hanging receiver was called', () => receiver.calls('/hanging').length > 0);
    await world.insert(Array.from({ length: 50 }, () => world.delivery(healthy, randomUUID())));
    await world.settled(1_500, healthy.id);
    expect(receiver.calls('/healthy')).toHaveLength(50);
    expect(receiver.calls('/hanging').length).toBeLessThanOrEqual(8);
  });
});

describe('a try', () => {
  it('carries the delivery id as webhook-id, the same on every one', async () => {
    receiver.behave('/ids', { kind: 'statuses', statuses: [500, 500, 200] });
    const delivery = world.delivery(await world.integration(`${receiver.url}/ids`), randomUUID());
    await world.insert([delivery]);
    await world.engine().start();
    await world.settled();
    expect(receiver.calls('/ids').map((call) => call.headers['webhook-id'])).toEqual(Array(3).fill(delivery.id));
    const attempts = await world.database.query(
      'SELECT number, status_code, error_code FROM delivery_attempts WHERE delivery_id = $1 ORDER BY number',
      [delivery.id],
    );
    expect(attempts).toEqual([
      { number: 1, status_code: 500, error_code: 'bad_status' },
      { number: 2, status_code: 500, error_code: 'bad_status' },
      { number: 3, status_code: 200, error_code: null },
    ]);
  });

  it('is made again by an engine that starts later', async () => {
    receiver.behave('/later', { kind: 'statuses', statuses: [500, 200] });
    const delivery = world.delivery(await world.integration(`${receiver.url}/later`), randomUUID());
    await world.insert([delivery]);
    const before = world.engine({ schedule: [600] });
    await before.start();
    await eventually(5_000, 'it was tried once', async () => {
      const rows = await world.database.query('SELECT FROM deliveries WHERE attempts = 1 AND claimed_by IS NULL');
      return rows.length === 1;
    });
    await before.stop();
    expect(receiver.calls('/later')).toHaveLength(1);
    await world.engine().start();
    await world.settled();
    expect(receiver.calls('/later').map((call) => call.headers['webhook-id'])).toEqual([delivery.id, delivery.id]);
  });

  it('ends the delivery at once when the receiver answers 410', async () => {
    receiver.behave('/gone', { kind: 'answer', status: 410 });
    await world.insert([world.delivery(await world.integration(`${receiver.url}/gone`), randomUUID())]);
    await world.engine().start();
    await world.settled();
    expect(receiver.calls('/gone')).toHaveLength(1);
    expect(world.finished.map((one) => one.next)).toEqual([{ kind: 'failed', reason: 'gone' }]);
  });
});

describe('a lease', () => {
  it('that has run out lets nothing be sent, and the claim is free again', async () => {
    const clock = { skip: 0 };
    const lease = world.lease({ monotonicNow: () => performance.now() + clock.skip, renewMs: 60_000 });
    await lease.start();
    const claimedBy = lease.current();
    if (claimedBy === null) throw new Error('no lease');
    const integration = await world.integration(`${receiver.url}/late`);
    const delivery = world.delivery(integration, randomUUID(), { claim: true });
    await world.database.transaction((sql) => insertDeliveries(sql, [delivery], claimedBy));
    const engine = world.engine({ lease });
    await engine.start();
    clock.skip = 60_000;
    expect(engine.reserve(delivery.id, integration.id)).toBe(true);
    engine.begin({ ...delivery, claimedBy, attempts: 0 });
    await eventually(5_000, 'the claim was released', async () => {
      const rows = await world.database.query('SELECT FROM deliveries WHERE claimed_by IS NULL');
      return rows.length === 1;
    });
    expect(receiver.calls('/late')).toHaveLength(0);
  });

  it('of an instance that died is ended by another, which sends what was in flight with the same id', async () => {
    receiver.behave('/crash', { kind: 'answer', status: 200 });
    const dead = world.lease({ durationMs: 700, renewMs: 60_000 });
    await dead.start();
    const claimer = dead.current();
    const integration = await world.integration(`${receiver.url}/crash`);
    const inFlight = world.delivery(integration, randomUUID(), { claim: true });
    const inserted = await world.database.transaction((sql) => insertDeliveries(sql, [inFlight], claimer));
    expect(inserted).toEqual([{ id: inFlight.id, claimed: true }]);
    await world.engine().start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.calls('/crash')).toHaveLength(0);
    await world.settled();
    expect(receiver.calls('/crash').map((call) => call.headers['webhook-id'])).toEqual([inFlight.id]);
  });

  it('that was ended by another records nothing: the result belongs to whoever claims anew', async () => {
    receiver.behave('/stolen', { kind: 'slow', afterMs: 400, status: 200 });
    const integration = await world.integration(`${receiver.url}/stolen`);
    const delivery = world.delivery(integration, randomUUID());
    await world.insert([delivery]);
    const lease = world.lease({ renewMs: 60_000 });
    await world.engine({ lease }).start();
    await receiver.waitFor((call) => call.path === '/stolen', 5_000);
    await releaseInstances(world.database, 'mine', lease.current());
    const other = world.engine();
    await other.start();
    await world.settled();
    expect(receiver.calls('/stolen').map((call) => call.headers['webhook-id'])).toEqual([delivery.id, delivery.id]);
    const attempts = await world.database.query('SELECT number FROM delivery_attempts');
    expect(attempts).toEqual([{ number: 1 }]);
  });
});

describe('a result', () => {
  it('that can not be recorded yet is kept and recorded later, without another call', async () => {
    const integration = await world.integration(`${receiver.url}/kept`);
    await world.insert([1, 2, 3].map(() => world.delivery(integration, randomUUID())));
    const log = world.outcomeLog();
    let away = true;
    const engine = world.engine({
      log: {
        ...log,
        append: (finished, at) => {
          if (away) throw new DatabaseUnavailable('lost', 'away', 'not-applied');
          return log.append(finished, at);
        },
      },
    });
    await engine.start();
    await eventually(5_000, 'all were called', () => receiver.calls('/kept').length === 3);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(world.finished).toEqual([]);
    expect(engine.inFlight).toBe(3);
    away = false;
    await world.settled();
    expect(world.finished).toHaveLength(3);
    expect(receiver.calls('/kept')).toHaveLength(3);
    expect(engine.inFlight).toBe(0);
  });

  it('that can not be recorded at all holds up no other', async () => {
    const integration = await world.integration(`${receiver.url}/poison`);
    const deliveries = [1, 2, 3].map(() => world.delivery(integration, randomUUID()));
    await world.insert(deliveries);
    const log = world.outcomeLog();
    const poison = deliveries[0]?.id;
    await world
      .engine({
        log: {
          ...log,
          append: (finished, at) => {
            if (finished.some((one) => one.delivery.id === poison)) throw new Error('does not fit');
            return log.append(finished, at);
          },
        },
      })
      .start();
    await eventually(10_000, 'the others are recorded', () => world.finished.length === 2);
    expect(receiver.calls('/poison')).toHaveLength(3);
  });
});

describe('stopping', () => {
  it('lets calls in flight end and records them, claims nothing more and keeps no claim', async () => {
    receiver.behave('/ending', { kind: 'slow', afterMs: 400, status: 200 });
    const integration = await world.integration(`${receiver.url}/ending`);
    const deal = randomUUID();
    const [first, second] = [world.delivery(integration, deal), world.delivery(integration, deal)];
    await world.insert([first, second]);
    const engine = world.engine();
    await engine.start();
    await receiver.waitFor((call) => call.path === '/ending', 5_000);
    await engine.stop();
    const rows = await world.database.query('SELECT id, status, turn, claimed_by FROM deliveries ORDER BY lane_seq');
    expect(rows).toEqual([
      { id: first.id, status: 'succeeded', turn: true, claimed_by: null },
      { id: second.id, status: 'pending', turn: true, claimed_by: null },
    ]);
    expect(await world.database.query('SELECT FROM dispatcher_instances')).toEqual([]);
    expect(receiver.calls('/ending')).toHaveLength(1);
  });

  it('gives up calls that take too long, for another to make with the same id', async () => {
    receiver.behave('/endless', { kind: 'hang' });
    const integration = await world.integration(`${receiver.url}/endless`);
    const delivery = world.delivery(integration, randomUUID());
    await world.insert([delivery]);
    const engine = world.engine({ timeoutMs: 3_000, drainMs: 100 });
    await engine.start();
    await receiver.waitFor((call) => call.path === '/endless', 5_000);
    await engine.stop();
    receiver.behave('/endless', { kind: 'answer', status: 200 });
    await world.engine().start();
    await world.settled();
    expect(receiver.calls('/endless').map((call) => call.headers['webhook-id'])).toEqual([delivery.id, delivery.id]);
  });
});

describe('a delivery that is inserted already claimed', () => {
  it('is sent although the answer to its commit was lost', async () => {
    const lease = world.lease();
    const engine = world.engine({ lease });
    await engine.start();
    const integration = await world.integration(`${receiver.url}/lost-answer`);
    const delivery = world.delivery(integration, randomUUID(), { claim: true });
    expect(engine.reserve(delivery.id, integration.id)).toBe(true);
    await world.database.transaction((sql) => insertDeliveries(sql, [delivery], engine.claimer()));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(receiver.calls('/lost-answer')).toHaveLength(0);
    engine.abandon(delivery, true);
    await world.settled();
    expect(receiver.calls('/lost-answer')).toHaveLength(1);
    expect(engine.inFlight).toBe(0);
  });
});
