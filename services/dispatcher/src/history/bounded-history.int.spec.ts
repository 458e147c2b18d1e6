import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rowsLookedAt, type Statement } from '@ponte/testing';
import { DeliveryWorld, type TestIntegration } from '../deliveries/deliveries.spec-support.js';
import { DELIVERY_STATUSES } from './deliveries.query.js';
import { listDeliveries } from './delivery-history.js';
import type { DeliveryFilter } from './deliveries-listed.sql.js';

const LIMIT = 10;
const ROWS = 20_000;
/** Each status has its page, and each row of a page is looked up once more. */
const MOST = 8 * LIMIT;

let world: DeliveryWorld;
let busy: TestIntegration;
let paused: TestIntegration;
let quiet: TestIntegration;
let strange: TestIntegration;

beforeAll(async () => {
  world = await DeliveryWorld.open();
  busy = await world.integration('http://receiver.example/');
  paused = await world.integration('http://receiver.example/', busy.workspaceId);
  quiet = await world.integration('http://receiver.example/', busy.workspaceId);
  strange = await world.integration('http://receiver.example/');
  await world.database.query(`UPDATE outbound_integrations SET status = 'paused', paused_at = now() WHERE id = $1`, [
    paused.id,
  ]);
  // In runs, so that each status of each integration has thousands of rows of the others before it.
  await stuff(quiet, 'succeeded', 15);
  await stuff(quiet, 'failed', 2);
  await stuff(busy, 'pending', 12);
  await stuff(busy, 'discarded', ROWS / 10);
  await stuff(busy, 'failed', ROWS / 10);
  await stuff(busy, 'succeeded', ROWS / 2);
  await stuff(strange, 'succeeded', ROWS / 10);
  await stuff(paused, 'pending', ROWS / 5);
  await world.database.query('ANALYZE deliveries');
}, 60_000);
afterAll(() => world.close());

async function stuff({ id, workspaceId }: TestIntegration, status: string, rows: number): Promise<void> {
  await world.database.query(
    `INSERT INTO deliveries (id, workspace_id, integration_id, deal_id, contact_id, event_id, trigger, happened_at,
                             lane_seq, turn, status, due_at, method, url, hops, correlation_id, created_at)
     SELECT gen_random_uuid(), $1, $2, gen_random_uuid(), $1, $1, 'DealCreated', now(), n, true, $3, now(), 'POST',
            'http://receiver.example/', 0, $1, now()
       FROM generate_series(1, $4::int) AS n`,
    [workspaceId, id, status, rows],
  );
}

const filters = (): (readonly [string, DeliveryFilter])[] =>
  [undefined, ...DELIVERY_STATUSES].flatMap((status) => [
    [`all, ${status ?? 'any status'}`, { status, integrationId: undefined, dealId: undefined }] as const,
    ...Object.entries({ busy, paused, quiet, strange }).map(
      ([name, { id }]) =>
        [`${name}, ${status ?? 'any status'}`, { status, integrationId: id, dealId: undefined }] as const,
    ),
  ]);

async function statementOf(filter: DeliveryFilter, before: number | null): Promise<Statement> {
  const asked: Statement[] = [];
  const sql = {
    query: (text: string, values: readonly unknown[] = []) => (asked.push({ text, values }), Promise.resolve([])),
  };
  await listDeliveries(sql, busy.workspaceId, filter, before, LIMIT);
  const [statement] = asked;
  if (statement === undefined) throw new Error('nothing was asked');
  return statement;
}

describe('a page of deliveries', () => {
  it('costs as much as it shows, however many there are of others', async () => {
    const looked: Record<string, number> = {};
    for (const [name, filter] of filters()) {
      for (const before of [null, ROWS / 4]) {
        const rows = await rowsLookedAt(world.database, 'deliveries', await statementOf(filter, before));
        if (rows > MOST) looked[`${name}, before ${String(before)}`] = rows;
      }
    }
    expect(looked).toEqual({});
  }, 60_000);

  it('of every filter has what the filter says, page after page', async () => {
    for (const [name, filter] of filters()) {
      const expected = await world.database.query<{ seq: number }>(
        `SELECT d.seq FROM deliveries d JOIN outbound_integrations i ON i.id = d.integration_id
          WHERE d.workspace_id = $1 AND ($2::uuid IS NULL OR d.integration_id = $2)
            AND ($3::text IS NULL OR
                 CASE WHEN d.status = 'pending' AND i.status = 'paused' THEN 'held' ELSE d.status END = $3)
          ORDER BY d.seq DESC LIMIT $4`,
        [busy.workspaceId, filter.integrationId ?? null, filter.status ?? null, 3 * LIMIT],
      );
      const pages: number[] = [];
      for (let page = 0; page < 3; page += 1) {
        const rows = await listDeliveries(world.database, busy.workspaceId, filter, pages.at(-1) ?? null, LIMIT);
        pages.push(...rows.map((row) => row.seq));
      }
      expect({ name, seqs: pages }).toEqual({ name, seqs: expected.map((row) => row.seq) });
    }
  }, 60_000);
});
