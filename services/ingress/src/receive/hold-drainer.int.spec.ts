import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger, type ConnectedDatabase } from '@ponte/service-kit';
import type { OnTestDatabase } from '@ponte/testing';
import { v7 as uuidv7 } from 'uuid';
import { requestDetail, requestListed, type ContentRow, type RequestRow } from '../history/history.sql.js';
import { migratedDatabase } from '../testing/migrated-database.spec-support.js';
import { HoldDrainer } from './hold-drainer.js';

const WORKSPACE = '0f9c2a44-1111-4111-8111-000000000001';
const MAX_RECORD_BYTES = 900_000;
const TOO_LARGE = 1_000_000;

let test: OnTestDatabase<ConnectedDatabase>;
let database: ConnectedDatabase;
let drainer: HoldDrainer;
let published: number[];

beforeAll(async () => {
  test = await migratedDatabase();
  database = test.opened;
  await database.query(
    `insert into event_log_installation (partitions, source, topic, max_record_bytes) values (4, 'ponte/ingress', 't', $1)`,
    [MAX_RECORD_BYTES],
  );
  await database.query('insert into event_log_heads (partition) select generate_series(0, 3)');
  await database.query(
    `insert into event_log_checks (state, server_started_at) values ('passed', pg_postmaster_start_time())`,
  );
  // Stands for data that the database refuses, and for a mistake of ours: it is told by the trace.
  await database.query(`
    create function refuse() returns trigger language plpgsql as $$
    begin
      if new.traceparent like 'SQLSTATE %' then
        raise exception using errcode = substr(new.traceparent, 10), message = 'refused';
      end if;
      return new;
    end $$;
    create trigger refuse before insert on event_log for each row execute function refuse()`);
});

afterAll(() => test.close());

beforeEach(() => {
  published = [];
  drainer = new HoldDrainer({
    database,
    gate: { isOpen: () => true, whenOpen: () => Promise.resolve() },
    maxDataBytes: MAX_RECORD_BYTES,
    log: silentLogger,
    onPublished: (count) => published.push(count),
    pollMs: 20,
  });
});

afterEach(async () => {
  await drainer.stop();
  await database.query('truncate inbound_integrations, inbound_held, inbound_requests, inbound_outcomes cascade');
});

/** An integration that was resumed just now. */
async function resumed(partition: number): Promise<string> {
  const id = uuidv7();
  await database.query(
    `insert into inbound_integrations (id, workspace_id, partition, name, preset, target, mode, origin_id,
       closed_deals_match, settings, token_hash, token_sealed, status, draining, created_at, updated_at)
     values ($1, $2, $3, 'n', 'generic', 'deal', 'create', $1, true, '{}', $4, '', 'active', true, now(), now())`,
    [id, WORKSPACE, partition, id],
  );
  return id;
}

interface Held {
  bytes?: number;
  sqlState?: string;
  items?: number;
}

/** Holds back requests of an integration, in this order. */
async function hold(integrationId: string, partition: number, rows: readonly Held[]): Promise<string[]> {
  const requests = rows.map(({ bytes = 20, sqlState, items = 1 }) => ({
    id: uuidv7(),
    bytes,
    trace: sqlState === undefined ? null : `SQLSTATE ${sqlState}`,
    items,
  }));
  await database.query(
    `with given as (select * from json_to_recordset($1) as g (id uuid, bytes integer, trace text, items integer)),
     requests as (
       insert into inbound_requests (id, workspace_id, integration_id, received_at, method, size, headers, query, body,
                                     items, state, response_status, response_code, partition)
       select id, $2, $3, now(), 'POST', 2, '[]', '', '{}', items, 'held', 200, 'accepted', $4 from given)
     insert into inbound_held (partition, workspace_id, integration_id, request_id, reason, received_at, data,
                               traceparent, hops)
     select $4, $2, $3, id, 'paused', now(), repeat('x', bytes), trace, 0 from given order by id`,
    [JSON.stringify(requests), WORKSPACE, integrationId, partition],
  );
  // A drainer that runs may have found nothing before, and called the resume done.
  await database.query('update inbound_integrations set draining = true where id = $1', [integrationId]);
  return requests.map(({ id }) => id);
}

async function stateOf(requestId: string): Promise<string | undefined> {
  const [row] = await database.query<{ state: string }>('select state from inbound_requests where id = $1', [
    requestId,
  ]);
  return row?.state;
}

async function logged(ids: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ record_id: string }>(
    'select record_id from event_log where record_id = any ($1) order by partition, position',
    [ids],
  );
  return rows.map((row) => row.record_id);
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 8_000; !(await holds()); await delay(20)) {
    if (Date.now() > until) throw new Error('it did not come true');
  }
}

const isPublished = (id: string | undefined) => async () => id !== undefined && (await stateOf(id)) === 'published';

const many = (count: number): Held[] => Array.from({ length: count }, () => ({}));

describe('a held request that cannot be published', () => {
  it('is set aside alone, as failed with a reason, and all others go on in order', async () => {
    const integration = await resumed(1);
    const ids = await hold(integration, 1, [...many(37), { bytes: TOO_LARGE, items: 2 }, ...many(60)]);
    await drainer.start();
    await eventually(isPublished(ids.at(-1)));
    const culprit = ids[37] ?? '';
    expect(await logged(ids)).toEqual(ids.filter((id) => id !== culprit));
    const [row] = await database.query<RequestRow>(requestListed, [WORKSPACE, culprit]);
    const warning = { field: '*', code: 'record_too_large', detail: expect.stringContaining('900000 bytes') };
    const outcome = { outcome: 'failed', reason: 'record_too_large', warnings: [warning] };
    expect(row).toMatchObject({
      state: 'failed',
      position: null,
      outcomes: [
        { index: 0, ...outcome },
        { index: 1, ...outcome },
      ],
    });
    expect(published.reduce((sum, count) => sum + count, 0)).toBe(97);
    await eventually(async () => {
      const rows = await database.query('select from inbound_integrations where draining');
      return rows.length === 0;
    });
  });

  it('keeps what it was mapped to, and is not tried again', async () => {
    const integration = await resumed(1);
    const [culprit = '', next] = await hold(integration, 1, [{ sqlState: '22021' }, {}]);
    await drainer.start();
    await eventually(isPublished(next));
    const [content] = await database.query<ContentRow>(requestDetail, [WORKSPACE, culprit]);
    expect(content?.data).toBe('x'.repeat(20));
    const [row] = await database.query<RequestRow>(requestListed, [WORKSPACE, culprit]);
    expect(row).toMatchObject({ state: 'failed', outcomes: [{ outcome: 'failed', reason: 'unstorable' }] });
    const late = await hold(await resumed(1), 1, [{}]);
    drainer.look();
    await eventually(isPublished(late[0]));
    expect(await stateOf(culprit)).toBe('failed');
  });

  it('however many are too large, none stays in the way', async () => {
    const integration = await resumed(1);
    const ids = await hold(integration, 1, [...Array.from({ length: 8 }, () => ({ bytes: TOO_LARGE })), {}]);
    await drainer.start();
    await eventually(isPublished(ids.at(-1)));
    expect(await logged(ids)).toEqual(ids.slice(-1));
  });
});

describe('a partition that cannot be drained', () => {
  it('holds up no other, loses nothing, says so, and goes on once the mistake is mended', async () => {
    const [stuck] = await hold(await resumed(0), 0, [{ sqlState: '42703' }]);
    const others = await hold(await resumed(2), 2, many(3));
    await drainer.start();
    await eventually(isPublished(others[2]));
    expect(await stateOf(stuck ?? '')).toBe('held');
    expect(drainer.status()).toMatchObject({ status: 'degraded', details: { partitions: [0] } });
    await database.query('update inbound_held set traceparent = null');
    await eventually(isPublished(stuck));
    await eventually(() => Promise.resolve(drainer.status().status === 'ok'));
  });

  it('is one where row after row is refused: that is a mistake of ours, and the backlog is kept', async () => {
    const ids = await hold(
      await resumed(0),
      0,
      Array.from({ length: 40 }, () => ({ sqlState: '23505' })),
    );
    const others = await hold(await resumed(2), 2, many(3));
    await drainer.start();
    await eventually(isPublished(others[2]));
    await eventually(() => Promise.resolve(drainer.status().status === 'degraded'));
    const [held] = await database.query<{ n: number }>(
      `select count(*)::integer as n from inbound_requests where state = 'held' and id = any ($1)`,
      [ids],
    );
    expect(held).toEqual({ n: 35 });
  });
});

describe('a batch of held requests', () => {
  const drain = async (maxRows: number, maxBytes: number) => {
    const [row] = await database.query<{ n: number }>(
      `select ingress_drain('ponte.InboundReceived.v1', 3, $1, $2) as n`,
      [maxRows, maxBytes],
    );
    return row?.n;
  };

  it('takes no more bytes than it may, over all integrations in order of arrival; a larger one goes alone', async () => {
    const [one, two] = [await resumed(3), await resumed(3)];
    const ids = [
      ...(await hold(one, 3, [{ bytes: 400 }, { bytes: 400 }])),
      ...(await hold(two, 3, [{ bytes: 300 }, { bytes: 5_000 }])),
      ...(await hold(one, 3, [{ bytes: 10 }])),
    ];
    expect([await drain(100, 1_000), await drain(100, 1_000), await drain(100, 1_000)]).toEqual([2, 1, 1]);
    expect(await drain(100, 1_000)).toBe(1);
    expect(await drain(100, 1_000)).toBe(0);
    expect(await logged(ids)).toEqual(ids);
  });

  it('is chosen by sizes in the index, without reading what does not go', async () => {
    const integrations = await Promise.all([resumed(3), resumed(3), resumed(3)]);
    for (const id of integrations)
      await hold(
        id,
        3,
        many(1_000).map(() => ({ bytes: 1_500 })),
      );
    await database.query('vacuum analyze inbound_held');
    const read = await database.transaction(async (sql) => {
      const blocks = async () => {
        const [row] = await sql.query<{ n: number }>(
          `select pg_stat_get_xact_blocks_fetched('inbound_held'::regclass) as n`,
        );
        return row?.n ?? 0;
      };
      const before = await blocks();
      const rows = await sql.query(`select ingress_drain('ponte.InboundReceived.v1', 3, 100, 6000) as n`);
      expect(rows).toEqual([{ n: 4 }]);
      return (await blocks()) - before;
    });
    // 100 rows of each integration would be 60 pages, and all of them 600.
    expect(read).toBeLessThan(30);
  });
});
