import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { endpointOf, type DatabaseConfig } from './database-config.js';
import { columnTypes } from './column-types.js';
import { unreachable } from './infrastructure-error.js';
import { typeOrmLog } from './typeorm-log.js';

/** A migration class of TypeORM, named `<What><13 digits of ms>`; they run in the order of those digits. */
export type MigrationClass = new () => MigrationInterface;

/** The database is older than the program. */
export class PendingMigrations extends Error {
  override readonly name = 'PendingMigrations';

  constructor(readonly pending: readonly string[]) {
    super(
      `The database lacks ${String(pending.length)} migration(s): ${pending.join(', ')}. ` +
        'Run `node dist/main.js migrate` of this service (it uses DATABASE_MIGRATION_URL, else DATABASE_URL), then start again.',
    );
  }
}

/** "ponte" in ASCII and a 1: the advisory lock that migrators of one database queue at. */
const MIGRATION_LOCK = 0x706f_6e74_6501;
const ASK_AGAIN_MS = 100;
const MIGRATIONS_TABLE = 'migrations';

/**
 * Runs what is pending, each migration in a transaction of its own (unless it says `transaction = false`), as the
 * migrating role; two at once take turns and the second finds nothing to do. When the serving role (of `url`) is another
 * one, it is granted use of what is there.
 *
 * @returns the names of the migrations that ran
 * @throws DatabaseUnavailable when the server can't be reached or refuses the role
 */
export async function runMigrations(config: DatabaseConfig, migrations: readonly MigrationClass[]): Promise<string[]> {
  const url = config.migrationUrl ?? config.directUrl ?? config.url;
  const endpoint = endpointOf(url, config.tls, readText);
  const lock = new Client({ ...endpoint, application_name: 'ponte-migrate-lock' });
  // When this connection breaks the migrations' own very likely does too, and says so with a reason.
  lock.on('error', () => undefined);
  await lock.connect().catch((error: unknown) => {
    throw unreachable(url, error);
  });
  try {
    // Held by a transaction rather than by the session: it works behind a pooler too, and ends with the connection.
    await lock.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0');
    await takeTurn(lock);
    const names = await runPending(endpoint, migrations);
    await grantToServingRole(lock, new URL(config.url).username);
    await lock.query('COMMIT');
    return names;
  } finally {
    await lock.end().catch(() => undefined);
  }
}

/**
 * Keeps no snapshot, as CREATE INDEX CONCURRENTLY waits for all that are older than it: so it asks again rather than wait
 * in the server, and by a text without parameters, whose portal is closed when it was answered.
 */
async function takeTurn(lock: Client): Promise<void> {
  const ask = `SELECT pg_try_advisory_xact_lock(${String(MIGRATION_LOCK)}) AS taken`;
  while ((await lock.query<{ taken: boolean }>(ask)).rows[0]?.taken !== true) await sleep(ASK_AGAIN_MS);
}

/**
 * Refuses to serve on a database that is older than the program.
 *
 * @throws PendingMigrations which names them and says what to run
 */
export async function assertNoPendingMigrations(
  dataSource: DataSource,
  migrations: readonly MigrationClass[],
): Promise<void> {
  const pending = migrations.map((migration) => migration.name).filter((name) => name !== '');
  const [exists] = await dataSource.query<{ found: boolean }[]>(`SELECT to_regclass($1) IS NOT NULL AS found`, [
    MIGRATIONS_TABLE,
  ]);
  const rows = exists?.found ? await dataSource.query<{ name: string }[]>(`SELECT name FROM ${MIGRATIONS_TABLE}`) : [];
  const executed = new Set(rows.map((row) => row.name));
  const missing = pending.filter((name) => !executed.has(name));
  if (missing.length > 0) throw new PendingMigrations(missing);
}

async function runPending(endpoint: ReturnType<typeof endpointOf>, migrations: readonly MigrationClass[]) {
  const dataSource = new DataSource({
    type: 'postgres',
    url: endpoint.connectionString,
    ssl: endpoint.ssl,
    installExtensions: false,
    migrations: [...migrations],
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
    logger: typeOrmLog,
    poolSize: 2,
    extra: { types: columnTypes, application_name: 'ponte-migrate' },
  });
  await dataSource.initialize();
  try {
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    return ran.map((migration) => migration.name);
  } finally {
    await dataSource.destroy();
  }
}

/** The rights that serving needs and no more: it reads and writes rows, and never changes the schema. */
async function grantToServingRole(client: Client, encodedRole: string): Promise<void> {
  const role = decodeURIComponent(encodedRole);
  const { rows } = await client.query<{ foreign: boolean; schema: string }>(
    `SELECT $1 <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND NOT rolsuper) AS "foreign",
            current_schema() AS schema`,
    [role],
  );
  const [row] = rows;
  if (role === '' || !row?.foreign) return;
  const [to, schema] = [escapeIdentifier(role), escapeIdentifier(row.schema)];
  await client.query(
    `GRANT USAGE ON SCHEMA ${schema} TO ${to};
     GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${to};
     GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${to};
     GRANT EXECUTE ON ALL ROUTINES IN SCHEMA ${schema} TO ${to}`,
  );
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
