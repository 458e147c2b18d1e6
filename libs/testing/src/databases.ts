import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { testServers } from './servers.js';

/** A fresh database for one test file. */
export interface TestDatabase {
  name: string;
  /** The superuser's URL of it. */
  url: string;
  /**
   * Keeps a copy of it as it is now, as a backup would. What is connected loses its connections, as it does in a restore,
   * and may connect again right after.
   */
  backUp(): Promise<Backup>;
  /** Ends what is still connected to it and removes it, and its backups. */
  drop(): Promise<void>;
}

/** A database as it was. */
export interface Backup {
  /** Puts it in the place of the database, however often; connections break. */
  restore(): Promise<void>;
}

/** Makes a database with a random name on the server of DATABASE_URL (or of the given URL). */
export async function createTestDatabase(serverUrl: string = testServers().databaseUrl): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const backups: string[] = [];
  return {
    name,
    url: url.toString(),
    backUp: async () => {
      const copy = `${name}_backup_${String(backups.length)}`;
      backups.push(copy);
      await onServer(
        serverUrl,
        `alter database ${name} allow_connections false`,
        endConnections(name),
        `create database ${copy} template ${name}`,
        `alter database ${name} allow_connections true`,
      );
      return { restore: () => restore(serverUrl, name, copy) };
    },
    drop: () =>
      onServer(serverUrl, ...[name, ...backups].map((database) => `drop database if exists ${database} with (force)`)),
  };
}

/** What was opened on a fresh database. */
export interface OnTestDatabase<Opened> {
  readonly opened: Opened;
  /** Closes it, and removes the database. */
  close(): Promise<void>;
}

/** Makes a database and opens something on it: a pool, once it is migrated. Where that fails, the database goes again. */
export async function openOnTestDatabase<Opened extends { close(): Promise<void> }>(
  open: (url: string) => Promise<Opened>,
): Promise<OnTestDatabase<Opened>> {
  const test = await createTestDatabase();
  try {
    const opened = await open(test.url);
    const close = async (): Promise<void> => {
      await opened.close();
      await test.drop();
    };
    return { opened, close };
  } catch (error) {
    await test.drop();
    throw error;
  }
}

function restore(serverUrl: string, name: string, copy: string): Promise<void> {
  return onServer(
    serverUrl,
    `alter database ${name} allow_connections false`,
    `drop database ${name} with (force)`,
    `create database ${name} template ${copy}`,
  );
}

const endConnections = (database: string) =>
  `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${database}'`;

async function onServer(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  // A server that goes away while this waits rejects the query; the event would end the process besides.
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
