import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { testServers } from './servers.js';

/** A fresh database for one test file. */
export interface TestDatabase {
  name: string;
  /** The superuser's URL of it. */
  url: string;
  /** Ends what is still connected to it and removes it. */
  drop(): Promise<void>;
}

/** Makes a database with a random name on the server of DATABASE_URL (or of the given URL). */
export async function createTestDatabase(serverUrl: string = testServers().databaseUrl): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.toString(),
    drop: () => onServer(serverUrl, `drop database if exists ${name} with (force)`),
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  // A server that goes away while this waits rejects the query; the event would end the process besides.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
