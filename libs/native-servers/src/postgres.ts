import { execFile } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { lockDirectory } from './directory-lock.js';
import { NativeServerError, systemErrorCode } from './errors.js';
import { runServer, type NativeServer } from './native-server.js';
import { freePort, requireFreePort } from './ports.js';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.js';
import { choosePostgresUser, type PostgresUser } from './postgres-user.js';
import { endProcess, identify, waitUntilGone } from './processes.js';
import type { ServerCommand } from './server-process.js';

export interface PostgresOptions {
  /** Holds everything of this server; a second start on it goes on where the first left off. */
  dataDir: string;
  /** Port on 127.0.0.1; 0 or absent: any free one. */
  port?: number;
  /** Of the superuser `postgres`; fixed by the first start on the directory. */
  password: string;
  /** Progress, a line at a time. */
  log?: (line: string) => void;
}

export interface PostgresServer extends NativeServer {
  /** The superuser's URL of the database `postgres`. */
  readonly url: string;
}

const run = promisify(execFile);
const SUPERUSER = 'postgres';

/**
 * Starts a real Postgres 18 and resolves when it answers queries. fsync stays on: what it acknowledged survives.
 *
 * @throws NativeServerError `no_postgres_binaries`, `unreachable_for_postgres_user`, `port_taken`, `directory_in_use`,
 *   `wrong_password`, `start_failed`
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const log = options.log ?? (() => undefined);
  const binaries = findPostgres();
  const port = options.port === undefined || options.port === 0 ? await freePort() : options.port;
  const url = `postgres://${SUPERUSER}:${encodeURIComponent(options.password)}@127.0.0.1:${String(port)}/postgres`;
  const server = await runServer({
    port,
    takeLock: () => lockDirectory(options.dataDir, 'Postgres', log),
    prepare: () => prepare({ ...options, binaries, port, log }),
    readyTimeoutMs: 60_000,
    isReady: () => answers(url, options.dataDir),
    explain: (error) => error,
  });
  return Object.assign(server, { url });
}

interface Cluster {
  dataDir: string;
  password: string;
  port: number;
  binaries: PostgresBinaries;
  log: (line: string) => void;
}

async function prepare(cluster: Cluster): Promise<ServerCommand> {
  const { binaries, dataDir } = cluster;
  const pgdata = join(dataDir, 'pgdata');
  await endLeftOver(pgdata, cluster.log);
  await requireFreePort(cluster.port, 'Postgres');
  const user = await choosePostgresUser(binaries, dataDir);
  if (!existsSync(pgdata)) await initialise(cluster, user, pgdata);
  const logFile = join(dataDir, 'postgres.log');
  closeSync(openSync(logFile, 'a'));
  cluster.log(`starting Postgres on 127.0.0.1:${String(cluster.port)}`);
  const settings = {
    listen_addresses: '127.0.0.1',
    port: cluster.port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    logging_collector: 'off',
    timezone: 'UTC',
  };
  const args = [
    '-D',
    pgdata,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`]),
  ];
  return {
    name: 'Postgres',
    ...user.command(binaries.postgres, args),
    env: { LC_ALL: 'C' },
    cwd: dataDir,
    logFile,
    stopSignal: 'SIGINT', // "Fast": rolls back what is open and closes cleanly; SIGTERM would wait for clients.
    stopPatienceMs: 20_000,
  };
}

/** Makes the cluster beside its place and renames it there, so a cut-short initdb is never taken for a cluster. */
async function initialise(cluster: Cluster, user: PostgresUser, pgdata: string): Promise<void> {
  cluster.log('initialising Postgres 18');
  const fresh = mkdtempSync(join(cluster.dataDir, '.initialising-'));
  const passwordFile = join(fresh, 'password');
  writeFileSync(passwordFile, `${cluster.password}\n`, { mode: 0o600 });
  for (const path of [fresh, passwordFile]) user.own(path);
  const made = join(fresh, 'pgdata');
  const args = ['-D', made, '-U', SUPERUSER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  // The builtin provider sorts and compares the same on every machine, whatever locales it has.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    const { command, args: all, ...ids } = user.command(cluster.binaries.initdb, [...args, ...locale]);
    await run(command, all, { ...ids, cwd: cluster.dataDir, env: { ...process.env, LC_ALL: 'C' } });
    renameSync(made, pgdata);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NativeServerError('start_failed', `Postgres could not be initialised: ${reason}`, { cause: error });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** `postmaster.pid` outlives a kill -9: its process is ended if it is this directory's server, its file removed if not. */
async function endLeftOver(pgdata: string, log: (line: string) => void): Promise<void> {
  const file = join(pgdata, 'postmaster.pid');
  const pid = readPostmasterPid(file);
  if (pid === null) return;
  const identity = identify(pid);
  if (identity !== null && commandLine(pid).includes(pgdata)) {
    log(`ending the Postgres that was left behind (pid ${String(pid)})`);
    await endProcess(identity, 'SIGINT', 10_000);
    await waitUntilGone(identity, 5_000);
    return;
  }
  rmSync(file, { force: true });
}

function readPostmasterPid(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function answers(url: string, dataDir: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    if (systemErrorCode(error) === '28P01') {
      const message = `Postgres on ${dataDir} was made with another password. Use that one, or remove the directory.`;
      throw new NativeServerError('wrong_password', message, { cause: error });
    }
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
