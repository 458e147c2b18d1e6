import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Sql, Transaction } from '@ponte/service-kit';
import { fire, type Firing } from '../triggers/fire.js';
import type { TriggerEvent } from '../triggers/trigger-event.js';
import { triggerEvent } from '../triggers/trigger-event.spec-support.js';
import { claimDue, releaseClaims } from './claims.js';
import type { ClaimedDelivery } from './delivery.js';
import { DeliveryWorld, type TestIntegration } from './deliveries.spec-support.js';
import type { InstanceLease } from './instance-lease.js';
import type { Lane } from './lanes.js';
import { recordResults, type DeliveryResult } from './results.js';

/** Rows that a few deliveries may cost, however many wait. */
const MOST = 100;

let world: DeliveryWorld;
beforeEach(async () => {
  world = await DeliveryWorld.open();
});
afterEach(() => world.close());

const noSlots: Firing = {
  claimer: () => null,
  reserve: () => false,
  begin: () => undefined,
  abandon: () => undefined,
  queued: () => undefined,
};

function events(integration: TestIntegration, count: number): TriggerEvent[] {
  const { workspaceId } = integration;
  return Array.from({ length: count }, (_, index) => ({
    ...triggerEvent({ kind: 'DealCreated' }, { origin: { id: workspaceId, name: 'Compras' } }),
    ...{ id: randomUUID(), workspaceId, position: index + 1, time: new Date() },
  }));
}

function succeeded(delivery: ClaimedDelivery): DeliveryResult {
  const outcome = { kind: 'answered', statusCode: 200, retryAfter: null } as const;
  const attempt = { outcome, startedAt: new Date(), durationMs: 1, responseBody: '' };
  return { delivery, attempt, next: { kind: 'succeeded' } };
}

/** Notes what is asked. */
function counting(asked: Sql): { sql: Sql; statements: string[] } {
  const statements: string[] = [];
  const query: Sql['query'] = (text, values) => {
    statements.push(text);
    return asked.query(text, values);
  };
  return { statements, sql: { query } };
}

describe('a batch', () => {
  it.each([1, 100])('of %i events asks as often as one', async (size) => {
    const integration = await world.integration('http://receiver.example/');
    const waiting: Lane[] = [];
    const engine: Firing = { ...noSlots, queued: (lanes) => waiting.push(...lanes) };
    let asked: readonly string[] = [];
    await world.database.transaction(async (transaction) => {
      const { sql, statements } = counting(transaction);
      asked = statements;
      const send: Transaction['send'] = (text, values, read) => {
        statements.push(text);
        transaction.send(text, values, read);
      };
      const onEnd: Transaction['onEnd'] = (listener) => {
        transaction.onEnd(listener);
      };
      await fire({ ...sql, send, onEnd }, events(integration, size), engine, 'http://ponte.example');
    });
    expect(asked).toHaveLength(2);
    expect(waiting.map((lane) => lane.integrationId)).toEqual(Array.from({ length: size }, () => integration.id));
  });

  it.each([1, 100])('of %i deliveries is claimed with one statement, and recorded with one', async (size) => {
    const integration = await world.integration('http://receiver.example/');
    await world.insert(Array.from({ length: size }, () => world.delivery(integration, randomUUID())));
    const lease = world.lease();
    await lease.start();
    const id = lease.current();
    if (id === null) throw new Error('there is no lease');
    const { sql, statements } = counting(world.database);
    const claimed = await claimDue(sql, id, [{ integrationId: integration.id, count: size }]);
    expect(claimed).toHaveLength(size);
    const { recorded } = await recordResults(sql, world.outcomeLog(), claimed.map(succeeded), new Date());
    expect(recorded.size).toBe(size);
    expect(statements).toHaveLength(2);
    await lease.stop();
  });

  it('reads no more for the length of the queue, on a table without statistics', async () => {
    const integration = await world.integration('http://receiver.example/');
    const insert = (count: number) =>
      world.database.transaction(async (sql) => {
        const before = await rowsRead(sql);
        await fire(sql, events(integration, count), noSlots, 'http://ponte.example');
        return (await rowsRead(sql)) - before;
      });
    // So often that the connection keeps its plans.
    for (let batch = 0; batch < 20; batch += 1) await insert(100);
    expect(await insert(10)).toBeLessThan(MOST);
  });
});

describe('beside a queue of which the statistics know nothing', () => {
  let lease: InstanceLease;
  let claimed: readonly ClaimedDelivery[];

  beforeEach(async () => {
    const integration = await world.integration('http://receiver.example/');
    lease = world.lease();
    await lease.start();
    const id = lease.current();
    if (id === null) throw new Error('there is no lease');
    const claim = (count: number) => claimDue(world.database, id, [{ integrationId: integration.id, count }]);
    await world.insert(Array.from({ length: 100 }, () => world.delivery(integration, randomUUID())));
    await recordResults(world.database, world.outcomeLog(), (await claim(100)).map(succeeded), new Date());
    await world.database.query('ANALYZE deliveries');
    // The first three are of lanes in which another one waits.
    const deals = [randomUUID(), randomUUID(), randomUUID()];
    await world.insert([...deals, ...deals].map((deal) => world.delivery(integration, deal)));
    await world.insert(Array.from({ length: 2_000 }, () => world.delivery(integration, randomUUID())));
    claimed = await claim(3);
    expect(claimed).toHaveLength(3);
  });
  afterEach(() => lease.stop());

  /** How many rows of `deliveries` are read by what is asked. */
  function readBy(ask: (sql: Sql) => Promise<void>): Promise<number> {
    return world.database.transaction(async (sql) => {
      const before = await rowsRead(sql);
      await ask(forgiving(sql));
      return (await rowsRead(sql)) - before;
    });
  }

  it('a batch is recorded, and gives turns, reading what is in it', async () => {
    const read = await readBy(async (sql) => {
      const { recorded, due } = await recordResults(sql, world.outcomeLog(), claimed.map(succeeded), new Date());
      expect(recorded.size).toBe(3);
      expect(due).toHaveLength(1);
    });
    expect(read).toBeLessThan(MOST);
  });

  it('what is left of a batch, when a claim was lost, is recorded reading what is in it', async () => {
    const [lost, ...kept] = claimed;
    await world.database.query('UPDATE deliveries SET claimed_by = NULL WHERE id = $1', [lost?.id]);
    const read = await readBy(async (sql) => {
      const { recorded } = await recordResults(sql, world.outcomeLog(), claimed.map(succeeded), new Date());
      expect(recorded).toEqual(new Set(kept.map(({ id }) => id)));
    });
    expect(read).toBeLessThan(MOST);
  });

  it('claims are given back reading what is claimed', async () => {
    expect(await readBy((sql) => releaseClaims(sql, claimed))).toBeLessThan(MOST);
    expect(await world.database.query('SELECT FROM deliveries WHERE claimed_by IS NOT NULL')).toEqual([]);
  });
});

/** Asks in a transaction as if outside: what fails takes nothing with it that was asked before. */
function forgiving(sql: Sql): Sql {
  return {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      await sql.query('SAVEPOINT before_this');
      try {
        return await sql.query<Row>(text, values);
      } catch (error) {
        await sql.query('ROLLBACK TO SAVEPOINT before_this');
        throw error;
      }
    },
  };
}

/** Rows of `deliveries` that the transaction has looked at. */
async function rowsRead(sql: Sql): Promise<number> {
  const [counted] = await sql.query<{ rows: number }>(
    `SELECT (seq_tup_read + idx_tup_fetch)::bigint AS rows FROM pg_stat_xact_user_tables WHERE relname = 'deliveries'`,
  );
  return counted?.rows ?? Number.NaN;
}
