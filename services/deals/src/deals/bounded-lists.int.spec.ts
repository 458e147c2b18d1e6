import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConnectedDatabase } from '@ponte/service-kit';
import { rowsLookedAt, type OnTestDatabase } from '@ponte/testing';
import { workspaceId } from '../ids.js';
import { migratedDatabase } from '../testing/migrated-database.spec-support.js';
import { dealsListed, type DealFilter } from './deals-listed.sql.js';

const LIMIT = 10;
const ROWS = 20_000;
/** Each status has its page, and each row of a page is looked up once more. */
const MOST = 6 * LIMIT;

const workspace = workspaceId(randomUUID());
const [busy, quiet] = [randomUUID(), randomUUID()];
const contactId = randomUUID();
const ownerId = randomUUID();

let test: OnTestDatabase<ConnectedDatabase>;
let database: ConnectedDatabase;

beforeAll(async () => {
  test = await migratedDatabase();
  database = test.opened;
  await database.query(makeCatalogue, [workspace, [busy, quiet], ownerId, contactId]);
  // In runs, so that each status and place has thousands of rows of the others before it.
  await stuff(quiet, 'OPEN', 15, ownerId);
  await stuff(quiet, 'LOST', 15, null);
  await stuff(busy, 'WON', 15, ownerId);
  await stuff(busy, 'LOST', ROWS / 4, null);
  await stuff(busy, 'OPEN', ROWS / 2, null);
  await database.query('ANALYZE deals');
}, 60_000);

afterAll(() => test.close());

/** Of each origin there is one stage, of the same id. */
const makeCatalogue = `
  WITH workspace AS (INSERT INTO workspaces VALUES ($1, 'w', 'America/Sao_Paulo', 'BR', 'BRL', 1)),
       origin_group AS (INSERT INTO origin_groups VALUES ($1, $1, 'g', false)),
       origin AS (INSERT INTO origins SELECT $1, id, $1, 'o', false FROM unnest($2::uuid[]) AS id),
       stage AS (INSERT INTO stages SELECT $1, id, id, 's', 1, false FROM unnest($2::uuid[]) AS id),
       owner AS (INSERT INTO owners VALUES ($1, $3, 'Ana', 'ana@example.com', false))
  INSERT INTO contacts VALUES ($1, $4, 'c', '[]', '[]', '{}', '{}', '{}', now(), now())`;

let position = 0;

async function stuff(originId: string, status: string, rows: number, owner: string | null): Promise<void> {
  await database.query(
    `INSERT INTO deals (workspace_id, id, contact_id, origin_id, stage_id, status, owner_id, custom_fields, tag_ids,
                        created_at, updated_at, created_position)
     SELECT $1, gen_random_uuid(), $2, $3, $3, $4, $5, '{}', '{}', now(), now(), $6::int + n
       FROM generate_series(1, $7::int) AS n`,
    [workspace, contactId, originId, status, owner, position, rows],
  );
  position += rows;
}

const places: readonly DealFilter[] = [
  {},
  { originId: busy },
  { originId: quiet },
  { originId: busy, stageId: busy },
  { stageId: quiet },
  { ownerId },
];
const filters: readonly DealFilter[] = places.flatMap((place) => [
  place,
  ...(['OPEN', 'WON', 'LOST'] as const).map((status) => ({ ...place, status })),
]);

describe('a page of deals', () => {
  it.each(filters.map((filter) => [JSON.stringify(filter), filter] as const))(
    'of %s costs as much as it shows, however many there are of others',
    async (_, filter) => {
      for (const before of [null, ROWS / 2]) {
        const statement = dealsListed('SELECT d.* FROM deals d', workspace, filter, before, LIMIT);
        expect(await rowsLookedAt(database, 'deals', statement)).toBeLessThanOrEqual(MOST);
      }
    },
  );

  it.each(filters.map((filter) => [JSON.stringify(filter), filter] as const))(
    'of %s has what the filter says',
    async (_, filter) => {
      for (const before of [null, ROWS / 2]) {
        const { text, values } = dealsListed('SELECT d.* FROM deals d', workspace, filter, before, LIMIT);
        const found = await database.query<{ created_position: number }>(text, values);
        const expected = await database.query<{ created_position: number }>(
          `SELECT created_position FROM deals
            WHERE workspace_id = $1 AND ($2::uuid IS NULL OR origin_id = $2) AND ($3::uuid IS NULL OR stage_id = $3)
              AND ($4::uuid IS NULL OR owner_id = $4) AND ($5::text IS NULL OR status = $5)
              AND ($6::bigint IS NULL OR created_position < $6)
            ORDER BY created_position DESC LIMIT $7`,
          [
            ...[workspace, filter.originId, filter.stageId, filter.ownerId, filter.status].map((one) => one ?? null),
            ...[before, LIMIT],
          ],
        );
        expect(found.map((row) => row.created_position)).toEqual(expected.map((row) => row.created_position));
      }
    },
  );
});
