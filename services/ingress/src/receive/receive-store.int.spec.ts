import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isInfrastructureError, silentLogger, type ConnectedDatabase } from '@ponte/service-kit';
import type { OnTestDatabase } from '@ponte/testing';
import { v7 as uuidv7 } from 'uuid';
import { migratedDatabase } from '../testing/migrated-database.spec-support.js';
import { expireDeliveryIds } from './delivery-id-expiry.js';
import { deliveryIdentity } from './delivery-identity.js';
import type { Arrival, ArrivalResult } from './arrival.js';
import { MicroBatcher } from './micro-batcher.js';
import { storeArrivals } from './receive-store.js';

const WORKSPACE = '0f9c2a44-1111-4111-8111-000000000001';
const PARTITION = 3;
const never = new AbortController().signal;

let test: OnTestDatabase<ConnectedDatabase>;
let database: ConnectedDatabase;
let gate = { isOpen: () => true };

beforeAll(async () => {
  test = await migratedDatabase();
  database = test.opened;
  await database.query(
    `insert into event_log_installation (partitions, source, topic, max_record_bytes) values (4, 'ponte/ingress', 't', 900000)`,
  );
  await database.query('insert into event_log_heads (partition) select generate_series(0, 3)');
  await database.query('insert into event_log_checks default values');
});

afterAll(() => test.close());

beforeEach(async () => {
  gate = { isOpen: () => true };
  await checks('passed');
});

async function checks(state: 'passed' | 'halted') {
  await database.query('update event_log_checks set state = $1, server_started_at = pg_postmaster_start_time()', [
    state,
  ]);
}

async function newIntegration(status: 'active' | 'paused' = 'active'): Promise<string> {
  const id = uuidv7();
  await database.query(
    `insert into inbound_integrations (id, workspace_id, partition, name, preset, target, mode, origin_id,
       closed_deals_match, settings, token_hash, token_sealed, status, created_at, updated_at)
     values ($1, $2, $3, 'n', 'generic', 'deal', 'create', $1, true, '{}', $5, '', $4, now(), now())`,
    [id, WORKSPACE, PARTITION, status, id],
  );
  return id;
}

function arrival(integrationId: string, changed: Partial<Arrival> = {}, deliveryId: string | null = null): Arrival {
  const id = uuidv7();
  return {
    id,
    workspaceId: WORKSPACE,
    integrationId,
    partition: PARTITION,
    receivedAt: new Date(),
    method: 'POST',
    contentType: 'application/json',
    size: 7,
    headers: '[["a","b"]]',
    query: '',
    body: Buffer.from('{"a":1}'),
    answer: { status: 200, code: 'accepted' },
    content: {
      kind: 'payload',
      delivery: deliveryId === null ? null : deliveryIdentity(deliveryId, changed.body ?? '{"a":1}'),
      items: 1,
      record: { data: `{"id":"${id}"}`, traceparent: 'tp', hops: 0 },
    },
    ...changed,
  };
}

const store = (...arrivals: Arrival[]): Promise<ArrivalResult[]> => storeArrivals({ database, gate }, arrivals, never);

async function drain(): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    `select ingress_drain('ponte.InboundReceived.v1', $1, 100, 1000000) as n`,
    [PARTITION],
  );
  return row?.n ?? -1;
}

async function logged(): Promise<string[]> {
  const rows = await database.query<{ correlation_id: string }>(
    'select correlation_id from event_log where partition = $1 order by position',
    [PARTITION],
  );
  return rows.map((row) => row.correlation_id);
}

const kinds = (results: readonly ArrivalResult[]) => results.map((result) => result.kind);

describe('what is received', () => {
  it('is written with its bytes and appended to the log in order of arrival, with positions that follow each other', async () => {
    const integration = await newIntegration();
    const arrivals = [1, 2, 3].map((n) =>
      arrival(integration, { body: Buffer.from([0, n, 255]), query: `é=${String(n)}` }),
    );
    const results = await store(...arrivals);
    const positions = results.map((result) => (result.kind === 'published' ? result.position : 0));
    expect(positions).toEqual([1, 2, 3].map((n) => n + (positions[0] ?? 0) - 1));
    expect((await logged()).slice(-3)).toEqual(arrivals.map(({ id }) => id));
    const rows = await database.query<{ id: string; body: Buffer; query: string; position: number; state: string }>(
      'select id, body, query, position, state from inbound_requests where integration_id = $1 order by id',
      [integration],
    );
    expect(rows).toEqual(
      arrivals.map(({ id, body, query }, index) => ({
        id,
        body,
        query,
        position: positions[index],
        state: 'published',
      })),
    );
  });

  it('once under one delivery id, also when it comes twice in one batch', async () => {
    const integration = await newIntegration();
    const first = arrival(integration, {}, 'order-1');
    const results = await store(first, arrival(integration, {}, 'order-1'), arrival(integration, {}, 'order-2'));
    expect(kinds(results)).toEqual(['published', 'duplicate', 'published']);
    expect(results[1]?.requestId).toBe(first.id);
    const [again] = await store(arrival(integration, {}, 'order-1'));
    expect(again).toEqual({ kind: 'duplicate', requestId: first.id });
  });

  it('with other bytes under the same delivery id is listed as ignored, and nothing comes of it', async () => {
    const integration = await newIntegration();
    await store(arrival(integration, {}, 'order-1'));
    const other = arrival(integration, { body: Buffer.from('{"a":2}') }, 'order-1');
    const before = await logged();
    const results = await store(other);
    expect(results).toEqual([{ kind: 'duplicate_differs', requestId: other.id }]);
    expect(await logged()).toEqual(before);
    const rows = await database.query('select outcome, reason from inbound_outcomes where request_id = $1', [other.id]);
    expect(rows).toEqual([{ outcome: 'ignored', reason: 'duplicate_differs' }]);
  });

  it('is no duplicate under the same delivery id of another integration, nor after 30 days', async () => {
    const [one, two] = [await newIntegration(), await newIntegration()];
    const old = new Date(Date.now() - 31 * 86_400_000);
    expect(kinds(await store(arrival(one, { receivedAt: old }, 'x')))).toEqual(['published']);
    expect(kinds(await store(arrival(two, {}, 'x'), arrival(one, {}, 'x'), arrival(one, {}, 'x')))).toEqual([
      'published',
      'published',
      'duplicate',
    ]);
  });

  it('leaves no delivery id behind after 30 days, and no younger one goes with it', async () => {
    const integration = await newIntegration();
    const days = (count: number) => new Date(Date.now() - count * 86_400_000);
    await store(
      arrival(integration, { receivedAt: days(31) }, 'old'),
      arrival(integration, { receivedAt: days(29) }, 'young'),
    );
    const stop = new AbortController();
    const running = expireDeliveryIds(database, silentLogger, stop.signal);
    const left = () =>
      database.query<{ n: number }>(
        'select count(*)::integer as n from inbound_delivery_ids where integration_id = $1',
        [integration],
      );
    for (let tries = 0; tries < 50 && (await left())[0]?.n !== 1; tries += 1) await delay(20);
    stop.abort();
    await running;
    expect(await left()).toEqual([{ n: 1 }]);
    expect(kinds(await store(arrival(integration, {}, 'young')))).toEqual(['duplicate']);
  });

  it('is not written twice when the answer to the first try was lost', async () => {
    const integration = await newIntegration();
    const arrivals = [arrival(integration, {}, 'k'), arrival(integration, {}, 'k'), arrival(integration)];
    let answersLost = 1;
    const forgetful = {
      query: async <Row>(text: string, values?: readonly unknown[]): Promise<Row[]> => {
        const rows = await database.query<Row>(text, values);
        if (answersLost-- > 0) throw Object.assign(new Error('connection lost'), { infrastructure: true });
        return rows;
      },
    };
    const before = (await logged()).length;
    const results = await storeArrivals({ database: forgetful, gate }, arrivals, never);
    expect(kinds(results)).toEqual(['published', 'duplicate', 'published']);
    expect((await logged()).length - before).toBe(2);
  });

  it('with a character that Postgres cannot store fails alone, whatever it is batched with', async () => {
    const integration = await newIntegration();
    const batcher = new MicroBatcher<Arrival, ArrivalResult>({
      flush: (items, signal) => storeArrivals({ database, gate }, items, signal),
      limits: { maxItems: 500, maxBytes: 1e9, maxWaitingItems: 500, maxWaitingBytes: 1e9, waitMs: 5_000 },
      isInfrastructureError,
    });
    const arrivals = [1, 2, 3, 4, 5].map((n) => arrival(integration, n === 3 ? { contentType: 'text/\u0000' } : {}));
    const results = await Promise.allSettled(arrivals.map((one) => batcher.add(one, 1)));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    const written = arrivals.filter((_, index) => index !== 2).map(({ id }) => id);
    expect((await logged()).slice(-4)).toEqual(written);
  });

  it('as refused is listed and nothing else', async () => {
    const integration = await newIntegration();
    const before = await logged();
    const refused = arrival(integration, {
      content: { kind: 'refused' },
      answer: { status: 413, code: 'body_too_large' },
    });
    expect(kinds(await store(refused))).toEqual(['refused']);
    expect(await logged()).toEqual(before);
  });

  it('for an integration that was deleted meanwhile is not written', async () => {
    const integration = await newIntegration();
    await database.query('update inbound_integrations set deleted_at = now() where id = $1', [integration]);
    expect(kinds(await store(arrival(integration)))).toEqual(['unknown_integration']);
  });
});

describe('what is held', () => {
  it('waits for the gate, also where the gate here does not know yet, and is published in order of arrival', async () => {
    const integration = await newIntegration();
    await checks('halted');
    const first = [arrival(integration, {}, 'g1'), arrival(integration)];
    expect(kinds(await store(...first))).toEqual(['held', 'held']);
    gate = { isOpen: () => false };
    const second = arrival(integration);
    expect(kinds(await store(second, arrival(integration, {}, 'g1')))).toEqual(['held', 'duplicate']);
    await checks('passed');
    gate = { isOpen: () => true };
    const third = arrival(integration);
    expect(kinds(await store(third))).toEqual(['held']);
    expect(await drain()).toBe(4);
    expect((await logged()).slice(-4)).toEqual([...first, second, third].map(({ id }) => id));
    expect(kinds(await store(arrival(integration)))).toEqual(['published']);
    const rows = await database.query('select from inbound_requests where state = $1', ['held']);
    expect(rows).toHaveLength(0);
  });

  it('by a pause waits for the resume, hurts no other integration, and what arrives meanwhile joins its end', async () => {
    const [paused, other] = [await newIntegration('paused'), await newIntegration()];
    const first = [arrival(paused), arrival(paused)];
    expect(kinds(await store(...first, arrival(other)))).toEqual(['held', 'held', 'published']);
    expect(await drain()).toBe(0);
    await database.query(`update inbound_integrations set status = 'active', draining = true where id = $1`, [paused]);
    const late = arrival(paused);
    expect(kinds(await store(late))).toEqual(['held']);
    expect(await drain()).toBe(3);
    expect((await logged()).slice(-3)).toEqual([...first, late].map(({ id }) => id));
    expect(kinds(await store(arrival(paused)))).toEqual(['published']);
  });
});
