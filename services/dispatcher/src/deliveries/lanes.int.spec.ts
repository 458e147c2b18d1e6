import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimDue, findDueIntegrations } from './claims.js';
import type { ClaimedDelivery, InstanceId } from './delivery.js';
import { DeliveryWorld } from './deliveries.spec-support.js';
import { insertDeliveries } from './insert-deliveries.js';
import { discardWaiting } from './lanes.js';
import { recordResults, type DeliveryResult } from './results.js';

let world: DeliveryWorld;

beforeAll(async () => {
  world = await DeliveryWorld.open();
});
afterAll(() => world.close());

const answered = (delivery: ClaimedDelivery): DeliveryResult => ({
  delivery,
  attempt: {
    outcome: { kind: 'answered', statusCode: 200, retryAfter: null },
    startedAt: new Date(),
    durationMs: 1,
    responseBody: '',
  },
  next: { kind: 'succeeded' },
});

async function claimer(): Promise<InstanceId> {
  const lease = world.lease({ durationMs: 120_000 });
  await lease.start();
  const id = lease.current();
  if (id === null) throw new Error('no lease');
  return id;
}

/** Lanes that wait although nobody is before them. */
const stuckLanes = `
  SELECT integration_id, deal_id FROM deliveries WHERE status = 'pending'
   GROUP BY 1, 2 HAVING count(*) FILTER (WHERE turn) <> 1`;

describe('inserter and finisher', () => {
  it('at the same time leave no lane stuck, and give no lane two heads', async () => {
    const integration = await world.integration('http://receiver.example/');
    const me = await claimer();
    const deals = Array.from({ length: 4 }, () => randomUUID());
    const order: string[] = [];
    const expected: string[] = [];
    let inserting = true;
    const insert = async (): Promise<void> => {
      for (let round = 0; round < 150; round += 1) {
        // Now and then everything is finished, so that lanes are found empty too.
        const batch = deals.slice(0, 1 + (round % deals.length)).map((deal) => world.delivery(integration, deal));
        expected.push(...batch.map((one) => one.id));
        await world.insert(batch);
      }
      inserting = false;
    };
    const finish = async (): Promise<void> => {
      for (;;) {
        const last = !inserting;
        const claimed = await claimDue(world.database, me, [{ integrationId: integration.id, count: 3 }]);
        if (claimed.length > 0) {
          order.push(...claimed.map((one) => one.id));
          await recordResults(world.database, world.outcomeLog(), claimed.map(answered), new Date());
        } else if (last) return;
      }
    };
    await Promise.all([insert(), finish(), finish(), finish()]);
    expect(await world.database.query(stuckLanes)).toEqual([]);
    expect(await world.database.query(`SELECT id FROM deliveries WHERE status = 'pending'`)).toEqual([]);
    expect([...order].sort()).toEqual([...expected].sort());
    const seqs = await world.database.query<{ id: string; dealId: string }>(
      'SELECT id, deal_id AS "dealId" FROM deliveries WHERE integration_id = $1 ORDER BY lane_seq',
      [integration.id],
    );
    for (const deal of deals) {
      const lane = seqs.filter((row) => row.dealId === deal).map((row) => row.id);
      expect(order.filter((id) => lane.includes(id))).toEqual(lane);
    }
  });

  it('insert an event that is read again once, and its lane goes on', async () => {
    const integration = await world.integration('http://receiver.example/');
    const deal = randomUUID();
    const me = await claimer();
    const first = world.delivery(integration, deal);
    await world.insert([first]);
    const claimed = await claimDue(world.database, me, [{ integrationId: integration.id, count: 1 }]);
    await recordResults(world.database, world.outcomeLog(), claimed.map(answered), new Date());
    const second = world.delivery(integration, deal);
    expect(await world.insert([first, second])).toEqual([{ id: second.id, claimed: false }]);
    const next = await claimDue(world.database, me, [{ integrationId: integration.id, count: 5 }]);
    expect(next.map((one) => one.id)).toEqual([second.id]);
  });

  it('discard meanwhile, and what is left goes on', async () => {
    const integration = await world.integration('http://receiver.example/');
    const me = await claimer();
    const deal = randomUUID();
    const [early, late] = [new Date('2026-01-01'), new Date('2026-02-01')];
    const lane = [late, early, late, early].map((happenedAt) => world.delivery(integration, deal, { happenedAt }));
    await world.insert(lane);
    const discarded = await world.database.transaction((sql) =>
      discardWaiting(sql, integration.id, 'discarded_on_resume', new Date('2026-01-15')),
    );
    expect(discarded).toBe(2);
    expect(await world.database.query(stuckLanes)).toEqual([]);
    const claimed = await claimDue(world.database, me, [{ integrationId: integration.id, count: 5 }]);
    expect(claimed.map((one) => one.id)).toEqual([lane[1]?.id]);
  });
});

describe('a result', () => {
  it('that is told again, as the answer was lost, is not recorded again, and does not hold up others', async () => {
    const integration = await world.integration('http://receiver.example/');
    const me = await claimer();
    await world.insert([1, 2].map(() => world.delivery(integration, randomUUID())));
    const [first, second] = await claimDue(world.database, me, [{ integrationId: integration.id, count: 2 }]);
    if (first === undefined || second === undefined) throw new Error('nothing was claimed');
    const record = (...claimed: ClaimedDelivery[]) =>
      recordResults(world.database, world.outcomeLog(), claimed.map(answered), new Date());
    expect(await record(first)).toEqual({ recorded: new Set([first.id]), due: [] });
    expect(await record(first)).toEqual({ recorded: new Set(), due: [] });
    expect(await record(second, first)).toEqual({ recorded: new Set([second.id]), due: [] });
    const attempts = await world.database.query('SELECT FROM delivery_attempts WHERE delivery_id = ANY ($1)', [
      [first.id, second.id],
    ]);
    expect(attempts).toHaveLength(2);
  });

  it('gives the turn to the next of its lane', async () => {
    const integration = await world.integration('http://receiver.example/');
    const me = await claimer();
    const deal = randomUUID();
    await world.insert([world.delivery(integration, deal), world.delivery(integration, deal)]);
    const claimed = await claimDue(world.database, me, [{ integrationId: integration.id, count: 2 }]);
    const { due } = await recordResults(world.database, world.outcomeLog(), claimed.map(answered), new Date());
    expect(due).toEqual([integration.id]);
    expect(await claimDue(world.database, me, [{ integrationId: integration.id, count: 2 }])).toHaveLength(1);
  });
});

describe('a claim', () => {
  it('takes only the head of a lane, in event order', async () => {
    const integration = await world.integration('http://receiver.example/');
    const me = await claimer();
    const [dealA, dealB] = [randomUUID(), randomUUID()];
    const a = [1, 2, 3].map(() => world.delivery(integration, dealA));
    const b = [1, 2].map(() => world.delivery(integration, dealB));
    await world.insert([...a, ...b]);
    const claimed = await claimDue(world.database, me, [{ integrationId: integration.id, count: 10 }]);
    expect(claimed.map((one) => one.id).sort()).toEqual([a[0]?.id, b[0]?.id].sort());
    expect(await claimDue(world.database, me, [{ integrationId: integration.id, count: 10 }])).toEqual([]);
  });

  it('takes nothing under a lease that was ended, nor of an integration that is paused', async () => {
    const integration = await world.integration('http://receiver.example/');
    await world.insert([world.delivery(integration, randomUUID())]);
    const wanted = [{ integrationId: integration.id, count: 10 }];
    expect(await claimDue(world.database, randomUUID() as InstanceId, wanted)).toEqual([]);
    await world.database.query(`UPDATE outbound_integrations SET status = 'paused', paused_at = now() WHERE id = $1`, [
      integration.id,
    ]);
    expect(await claimDue(world.database, await claimer(), wanted)).toEqual([]);
  });

  it('does not look at rows that wait behind a head, however many', async () => {
    const integration = await world.integration('http://receiver.example/');
    const deal = randomUUID();
    const backlog = Array.from({ length: 10_000 }, () => world.delivery(integration, deal));
    await world.database.transaction((sql) => insertDeliveries(sql, backlog, null));
    await world.database.query('VACUUM ANALYZE deliveries');
    const [row] = await world.database.query<{ rows: number; bytes: number }>(
      `SELECT reltuples AS rows, pg_relation_size(oid) AS bytes FROM pg_class WHERE relname = 'deliveries_due'`,
    );
    expect(row?.rows).toBeLessThan(50);
    const plan = await world.database.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT d.id FROM deliveries d
        WHERE d.integration_id = '${integration.id}' AND d.turn AND d.status = 'pending'
          AND d.due_at <= clock_timestamp() AND d.claimed_by IS NULL ORDER BY d.due_at LIMIT 5`,
    );
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('deliveries_due');
    const due = await findDueIntegrations(world.database);
    expect(due).toContainEqual({ integrationId: integration.id, state: 'active' });
  });
});
