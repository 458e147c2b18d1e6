import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Database, Sql } from '@ponte/service-kit';
import { fire, type Slots } from '../triggers/fire.js';
import type { TriggerEvent } from '../triggers/trigger-event.js';
import { triggerEvent } from '../triggers/trigger-event.spec-support.js';
import { claimDue } from './claims.js';
import { DeliveryWorld, type TestIntegration } from './deliveries.spec-support.js';
import { recordResults, type DeliveryResult } from './results.js';

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.open();
});
afterEach(() => world.close());

const slots: Slots = { claimer: () => null, reserve: () => false, abandon: () => undefined };

function events(integration: TestIntegration, count: number): TriggerEvent[] {
  const { workspaceId } = integration;
  return Array.from({ length: count }, (_, index) => ({
    ...triggerEvent({ kind: 'DealCreated' }, { origin: { id: workspaceId, name: 'Compras' } }),
    ...{ id: randomUUID(), workspaceId, position: index + 1, time: new Date() },
  }));
}

/** A database that counts what it is asked. */
function counting(database: Database): { database: Database; statements: string[] } {
  const statements: string[] = [];
  const query: Sql['query'] = (text, values) => {
    statements.push(text);
    return database.query(text, values);
  };
  return { statements, database: Object.assign(Object.create(database) as Database, { query }) };
}

describe('a batch', () => {
  it.each([1, 100])('of %i events asks as often as one', async (size) => {
    const integration = await world.integration('http://receiver.example/');
    let asked = 0;
    await world.database.transaction(async (sql) => {
      const counted: Sql = {
        query: (text, values) => {
          asked += 1;
          return sql.query(text, values);
        },
      };
      const { waiting } = await fire(counted, events(integration, size), slots, 'http://ponte.example');
      expect([...waiting]).toEqual([integration.id]);
    });
    expect(asked).toBe(2);
  });

  it.each([1, 100])('of %i deliveries is claimed with one statement, and recorded with one', async (size) => {
    const integration = await world.integration('http://receiver.example/');
    await world.insert(Array.from({ length: size }, () => world.delivery(integration, randomUUID())));
    const lease = world.lease();
    await lease.start();
    const id = lease.current();
    if (id === null) throw new Error('there is no lease');
    const { database, statements } = counting(world.database);
    const claimed = await claimDue(database, id, [{ integrationId: integration.id, count: size }]);
    expect(claimed).toHaveLength(size);
    const outcome = { kind: 'answered', statusCode: 200, retryAfter: null } as const;
    const attempt = { outcome, startedAt: new Date(), durationMs: 1, responseBody: '' };
    const results = claimed.map((delivery): DeliveryResult => ({ delivery, attempt, next: { kind: 'succeeded' } }));
    const { recorded } = await recordResults(database, world.outcomeLog(), results, new Date());
    expect(recorded.size).toBe(size);
    expect(statements).toHaveLength(2);
    await lease.stop();
  });

  it('reads no more for the length of the queue, on a table without statistics', async () => {
    const integration = await world.integration('http://receiver.example/');
    const read = async (sql: Sql): Promise<number> => {
      const [counted] = await sql.query<{ rows: number }>(
        `SELECT (seq_tup_read + idx_tup_fetch)::bigint AS rows FROM pg_stat_xact_user_tables WHERE relname = 'deliveries'`,
      );
      return counted?.rows ?? Number.NaN;
    };
    const insert = (count: number) =>
      world.database.transaction(async (sql) => {
        const before = await read(sql);
        await fire(sql, events(integration, count), slots, 'http://ponte.example');
        return (await read(sql)) - before;
      });
    // So often that the connection keeps its plans.
    for (let batch = 0; batch < 20; batch += 1) await insert(100);
    expect(await insert(10)).toBeLessThan(100);
  });
});
