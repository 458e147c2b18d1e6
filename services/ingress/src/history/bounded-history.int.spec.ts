import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConnectedDatabase } from '@ponte/service-kit';
import { rowsLookedAt, type OnTestDatabase } from '@ponte/testing';
import { v7 as uuidv7 } from 'uuid';
import { migratedDatabase } from '../testing/migrated-database.spec-support.js';
import { requestDetail, requestsListed } from './history.sql.js';

const LIMIT = 10;
const ROWS = 20_000;
/** Each row of a page is looked up once more. */
const MOST = 3 * LIMIT;

const workspaceId = uuidv7();
const busy = uuidv7();
const quiet = uuidv7();
const strange = uuidv7();

let test: OnTestDatabase<ConnectedDatabase>;
let database: ConnectedDatabase;

beforeAll(async () => {
  test = await migratedDatabase();
  database = test.opened;
  // In runs, so that each outcome of each integration has thousands of rows of the others before it.
  await stuff(workspaceId, quiet, 'updated', 15);
  await stuff(workspaceId, quiet, 'failed', 12);
  await stuff(workspaceId, busy, 'failed', ROWS / 4);
  await stuff(workspaceId, busy, 'updated', ROWS / 2);
  await stuff(uuidv7(), strange, 'updated', ROWS / 4);
  await database.query('analyze inbound_requests, inbound_outcomes');
}, 60_000);

afterAll(() => test.close());

async function stuff(workspace: string, integration: string, outcome: string, rows: number): Promise<void> {
  const ids = Array.from({ length: rows }, () => uuidv7());
  await database.query(
    `insert into inbound_requests (id, workspace_id, integration_id, received_at, method, size, headers, query, body,
                                   items, state, response_status, response_code, partition)
     select id, $2, $3, now(), 'POST', 0, '[]', '', '', 1, 'published', 200, 'accepted', 0 from unnest($1::uuid[]) as id`,
    [ids, workspace, integration],
  );
  await database.query(
    `insert into inbound_outcomes (request_id, item, workspace_id, integration_id, outcome, warnings, applied_at)
     select id, 0, $2, $3, $4, '[]', now() from unnest($1::uuid[]) as id`,
    [ids, workspace, integration, outcome],
  );
}

async function filters() {
  const [middle] = await database.query<{ id: string }>(
    'select id from inbound_requests where workspace_id = $1 order by id offset 7000 limit 1',
    [workspaceId],
  );
  return [undefined, busy, quiet, strange].flatMap((integrationId) =>
    [undefined, 'updated', 'failed', 'created'].flatMap((outcome) =>
      [undefined, middle?.id].map((before) => ({ workspaceId, integrationId, outcome, before, limit: LIMIT })),
    ),
  );
}

describe('a page of received requests', () => {
  it('costs as much as it shows, however many there are of others', async () => {
    for (const filter of await filters()) {
      const statement = requestsListed(filter);
      const rows = {
        requests: await rowsLookedAt(database, 'inbound_requests', statement),
        outcomes: await rowsLookedAt(database, 'inbound_outcomes', statement),
      };
      expect({ ...filter, tooMany: Object.values(rows).filter((count) => count > MOST) }).toEqual({
        ...filter,
        tooMany: [],
      });
    }
  }, 60_000);

  it('of every filter has what the filter says', async () => {
    for (const filter of await filters()) {
      const { text, values } = requestsListed(filter);
      const found = await database.query<{ id: string }>(text, values);
      const expected = await database.query<{ id: string }>(
        `select r.id from inbound_requests r
          where r.workspace_id = $1 and ($2::uuid is null or r.integration_id = $2) and ($3::uuid is null or r.id < $3)
            and ($4::text is null or exists (
              select from inbound_outcomes o where o.request_id = r.id and o.outcome = $4))
          order by r.id desc limit $5`,
        [workspaceId, filter.integrationId ?? null, filter.before ?? null, filter.outcome ?? null, LIMIT],
      );
      expect({ ...filter, ids: found.map(({ id }) => id) }).toEqual({ ...filter, ids: expected.map(({ id }) => id) });
    }
  }, 60_000);
});

describe('the page of a held request', () => {
  it('costs as much as it shows, however many are held beside it', async () => {
    const ids = Array.from({ length: 5_000 }, () => uuidv7());
    await database.query(
      `with held as (
         insert into inbound_requests (id, workspace_id, integration_id, received_at, method, size, headers, query, body,
                                       items, state, response_status, response_code, partition)
         select id, $2, $3, now(), 'POST', 0, '[]', '', '', 1, 'held', 200, 'accepted', 0 from unnest($1::uuid[]) as id)
       insert into inbound_held (partition, workspace_id, integration_id, request_id, reason, received_at, data, hops)
       select 0, $2, $3, id, 'paused', now(), '{}', 0 from unnest($1::uuid[]) as id`,
      [ids, workspaceId, busy],
    );
    await database.query('analyze inbound_held');
    const statement = { text: requestDetail, values: [workspaceId, ids[2_500]] };
    expect(await rowsLookedAt(database, 'inbound_held', statement)).toBe(1);
  }, 60_000);
});
