import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createTestDatabase, testServers } from './index.js';

describe('the servers of a test run', () => {
  it('are named by the environment before a spec is loaded', () => {
    expect(testServers().brokers[0]).toMatch(/:\d+$/);
    expect(testServers().databaseUrl).toMatch(/^postgres/);
  });

  it('give every test file a database of its own, which is gone after drop', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    expect((await client.query('select current_database() as name')).rows).toEqual([{ name: database.name }]);
    await client.end();
    await database.drop();
    await expect(new Client({ connectionString: database.url }).connect()).rejects.toThrow(/does not exist/);
  });
});
