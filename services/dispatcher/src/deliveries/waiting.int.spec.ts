import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sql } from '@ponte/service-kit';
import { rowsLookedAt } from '@ponte/testing';
import { claimDue, findDueIntegrations } from './claims.js';
import { DeliveryWorld, type TestIntegration } from './deliveries.spec-support.js';
import { readQueueState } from './queue-state.js';

const WAITING = 5_000;
const MOST = 20;

let world: DeliveryWorld;
let failing: TestIntegration;
let paused: TestIntegration;

beforeAll(async () => {
  world = await DeliveryWorld.open();
  failing = await world.integration('http://receiver.example/');
  paused = await world.integration('http://receiver.example/');
  await world.database.query(`UPDATE outbound_integrations SET status = 'paused', paused_at = now() WHERE id = $1`, [
    paused.id,
  ]);
  await wait(failing, '1 day', WAITING);
  await wait(failing, '-1 second', 3);
  await wait(paused, '-1 second', WAITING);
  await world.database.query('ANALYZE deliveries');
}, 60_000);
afterAll(() => world.close());

async function wait({ id, workspaceId }: TestIntegration, due: string, rows: number): Promise<void> {
  await world.database.query(
    `INSERT INTO deliveries (id, workspace_id, integration_id, deal_id, contact_id, event_id, trigger, happened_at,
                             lane_seq, turn, status, due_at, method, url, hops, correlation_id, created_at)
     SELECT gen_random_uuid(), $1, $2, gen_random_uuid(), $1, $1, 'DealCreated', now(), n, true, 'pending',
            now() + $3::interval, 'POST', 'http://receiver.example/', 0, $1, now()
       FROM generate_series(1, $4::int) AS n`,
    [workspaceId, id, due, rows],
  );
}

/** The rows of deliveries that a question looks at. */
async function lookedAtBy(ask: (sql: Sql) => Promise<unknown>): Promise<number> {
  let looked = 0;
  await ask({
    query: async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
      looked += await rowsLookedAt(world.database, 'deliveries', { text, values });
      return [];
    },
  });
  return looked;
}

describe('beside thousands of deliveries that are tried again tomorrow or held', () => {
  it('finding who has something due looks at the first of each integration', async () => {
    expect(await lookedAtBy(findDueIntegrations)).toBeLessThanOrEqual(MOST);
    const due = await findDueIntegrations(world.database);
    expect(due.map(({ integrationId, state }) => [integrationId, state]).sort()).toEqual(
      [
        [failing.id, 'active'],
        [paused.id, 'paused'],
      ].sort(),
    );
  });

  it('counting the queue looks at what is due of active integrations and what is behind a head', async () => {
    expect(await lookedAtBy(readQueueState)).toBeLessThanOrEqual(MOST);
    expect(await readQueueState(world.database)).toMatchObject({ due: 3, waitingInLanes: 0 });
  });

  it('a claim with slots to spare looks at what is due', async () => {
    const lease = world.lease();
    await lease.start();
    const claimer = lease.current();
    if (claimer === null) throw new Error('there is no lease');
    const allotments = [{ integrationId: failing.id, count: 50 }];
    expect(await lookedAtBy((sql) => claimDue(sql, claimer, allotments))).toBeLessThanOrEqual(MOST);
    const [claimed] = await world.database.query<{ count: number }>(
      'SELECT count(*) AS count FROM deliveries WHERE claimed_by = $1',
      [claimer],
    );
    expect(claimed?.count).toBe(3);
    await lease.stop();
  });
});
