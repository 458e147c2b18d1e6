import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg, { Client, Pool, type ClientConfig } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { columnTypes } from './column-types.js';
import {
  databaseSettings,
  endpointOf,
  type DatabaseConfig,
  type DatabaseSettings,
  type Endpoint,
} from './database-config.js';
import { assertDurableCommits } from './durability.js';
import { isError, isInfrastructureError, messageOf, sqlStateOf, unreachable } from './infrastructure-error.js';
import { Listener, listenerTimeouts } from './listener.js';
import { assertNoPendingMigrations, type MigrationClass } from './migrations.js';
import { ConnectionLostListeners, PooledDatabase } from './pooled-database.js';
import type { Database } from './sql.js';
import { typeOrmLog } from './typeorm-log.js';

/** The part of a pino logger that the database needs. */
export interface DatabaseLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** What a service adds to where its database is. */
export interface ConnectOptions {
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
  readonly entities?: DataSourceOptions['entities'];
  /** When given, pending ones are refused. */
  readonly migrations?: readonly MigrationClass[];
  readonly log?: DatabaseLog;
}

/** A `Database` and the TypeORM DataSource on the same pool; closing the database destroys the DataSource. */
export interface ConnectedDatabase extends Database {
  readonly dataSource: DataSource;
}

/**
 * Connects to a service's database. While booting it waits for a server that isn't up yet, then checks that commits are
 * durable and, when `migrations` are given, that none is pending.
 *
 * @throws DatabaseUnavailable when the server could not be reached in time
 * @throws CommitsNotDurable, PendingMigrations
 */
export async function connectDatabase(
  config: DatabaseConfig,
  options: ConnectOptions = {},
): Promise<ConnectedDatabase> {
  const settings = databaseSettings(config);
  const shared = clientConfig(settings, options.applicationName ?? 'ponte');
  const log = options.log;
  const endpoint = endpointOf(settings.url, settings.tls, readText, settings.pooled ? undefined : SESSION_OPTIONS);
  await waitForServer({ ...shared, ...endpoint }, settings, log);
  const lost = new ConnectionLostListeners();
  const dataSource = await openDataSource(settings, endpoint, shared, options);
  const pool = poolOf(dataSource);
  const listener = new Listener(
    {
      ...shared,
      ...endpointOf(settings.directUrl, settings.tls, readText),
      ...listenerTimeouts,
      statement_timeout: false,
    },
    {
      onLost: (error) => {
        log?.warn({ error: messageOf(error) }, 'the listening connection to Postgres broke');
        lost.announce();
      },
      onRestored: () => log?.info({}, 'listening to Postgres again'),
    },
  );
  const onListenerFailed = (error: unknown) => {
    log?.warn({ error: messageOf(error) }, 'who was told of an answer or the end of a transaction failed');
  };
  const database = new PooledDatabase(pool, settings, listener, lost, () => dataSource.destroy(), onListenerFailed);
  try {
    await assertDurableCommits(database);
    if (options.migrations) await assertNoPendingMigrations(dataSource, options.migrations);
  } catch (error) {
    await database.close();
    throw error;
  }
  return Object.assign(database, { dataSource });
}

/**
 * Compiling pays for reports. What a service asks touches a few rows, though it may be reckoned as many, and would be
 * compiled for longer than it runs, each time, once tables are large.
 */
const SESSION_OPTIONS = '-c jit=off';

/**
 * Behind a pooler nothing may be set for the session. Otherwise the limits travel with the connection, for free. A
 * pooler that was not declared by a direct URL refuses the parameter, which is when `waitForServer` says what to do.
 */
function clientConfig(settings: DatabaseSettings, applicationName: string): ClientConfig {
  const limit = settings.statementTimeoutMs;
  return {
    application_name: applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: settings.acquireTimeoutMs,
    types: columnTypes,
    ...(settings.pooled || limit === 0 ? {} : { statement_timeout: limit, idle_in_transaction_session_timeout: limit }),
  };
}

async function openDataSource(
  settings: DatabaseSettings,
  endpoint: Endpoint,
  shared: ClientConfig,
  options: ConnectOptions,
) {
  const silenceMs = settings.statementTimeoutMs === 0 ? 0 : settings.statementTimeoutMs + 15_000;
  const dataSource = new DataSource({
    type: 'postgres',
    driver: pg,
    url: endpoint.connectionString,
    ssl: endpoint.ssl,
    poolSize: settings.poolSize,
    installExtensions: false,
    entities: options.entities ?? [],
    migrationsRun: false,
    logger: typeOrmLog,
    poolErrorHandler: (error: unknown) => {
      options.log?.warn({ error: messageOf(error) }, 'an idle connection to Postgres broke');
    },
    extra: { ...shared, pipeline: true, idleTimeoutMillis: idleTimeout(silenceMs), onConnect: limitSilence(silenceMs) },
  });
  return dataSource.initialize();
}

function idleTimeout(silenceMs: number): number {
  return silenceMs === 0 ? 30_000 : Math.min(30_000, silenceMs / 2);
}

/**
 * A server that vanishes without closing its sockets (power cut, failover of a virtual address) would leave every caller
 * waiting for minutes. A connection in use that says nothing for longer than any statement may take is cut instead.
 */
function limitSilence(silenceMs: number): (client: Client) => void {
  return ({ connection }) => {
    const { stream } = connection;
    if (silenceMs === 0 || !(stream instanceof Socket)) return;
    stream.setTimeout(silenceMs, () => {
      stream.destroy(new Error(`Postgres said nothing for ${String(silenceMs)} ms`));
    });
  };
}

function poolOf(dataSource: DataSource): Pool {
  const { driver } = dataSource;
  if ('master' in driver && driver.master instanceof Pool) return driver.master;
  throw new Error('TypeORM did not open its pool with the pg module that it was given');
}

async function waitForServer(config: ClientConfig, settings: DatabaseSettings, log?: DatabaseLog): Promise<void> {
  const deadline = Date.now() + settings.bootTimeoutMs;
  let told = false;
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
    const client = new Client(config);
    client.on('error', () => undefined);
    try {
      await client.connect();
      return;
    } catch (error) {
      if (refusesStartupParameter(error)) throw undeclaredPooler(error);
      const failure = unreachable(settings.url, error);
      if (!mayPass(error) || Date.now() + pauseMs > deadline) throw failure;
      if (!told) log?.warn({ waitingAtMostMs: settings.bootTimeoutMs }, `${failure.message}. Waiting for it`);
      told = true;
      await sleep(pauseMs);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/**
 * A wrong password, an unknown database and an untrusted certificate stay as they are. What carries no code at all is a
 * connection that was cut or timed out while it was set up.
 */
function mayPass(error: unknown): boolean {
  return isInfrastructureError(error) || !(isError(error) && 'code' in error && error.code !== undefined);
}

/** PgBouncer answers a start-up parameter that it doesn't track with 08P01. */
function refusesStartupParameter(error: unknown): boolean {
  return sqlStateOf(error) === '08P01' && messageOf(error).includes('startup parameter');
}

function undeclaredPooler(error: unknown): Error {
  return new Error(
    'DATABASE_URL points at a connection pooler. Set DATABASE_DIRECT_URL to a URL past it: LISTEN needs a session of ' +
      `its own, and naming it tells Ponte to keep no session state here. (${messageOf(error)})`,
    { cause: error },
  );
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
