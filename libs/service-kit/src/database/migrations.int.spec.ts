import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@ponte/testing';
import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { connectDatabase } from './connect-database.js';
import { PendingMigrations, runMigrations } from './migrations.js';

class Notes1764000000000 implements MigrationInterface {
  readonly name = 'Notes1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text)');
    // Long enough for a second migrator to arrive meanwhile.
    await runner.query('SELECT pg_sleep(0.3)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
}

class Tags1764000000001 implements MigrationInterface {
  readonly name = 'Tags1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE tags (name text PRIMARY KEY)');
    if (Tags1764000000001.fails) throw new Error('out of disk');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tags');
  }

  static fails = false;
}

/** Built while others write, as indexes of big tables are: that takes no transaction. */
class NotesIndex1764000000002 implements MigrationInterface {
  readonly name = 'NotesIndex1764000000002';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX CONCURRENTLY notes_text ON notes (text)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX CONCURRENTLY notes_text');
  }
}

const MIGRATIONS = [Notes1764000000000, Tags1764000000001];

describe('migrations', () => {
  let testDatabase: TestDatabase;
  let admin: Client;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    admin = new Client({ connectionString: testDatabase.url });
    await admin.connect();
  });

  beforeEach(async () => {
    Tags1764000000001.fails = false;
    await admin.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  });

  afterAll(async () => {
    await admin.end();
    await testDatabase.drop();
  });

  it('run in order, once', async () => {
    expect(await runMigrations({ url: testDatabase.url }, MIGRATIONS)).toEqual([
      'Notes1764000000000',
      'Tags1764000000001',
    ]);
    expect(await runMigrations({ url: testDatabase.url }, MIGRATIONS)).toEqual([]);
  });

  it('of two migrators at once take turns: one does the work, the other finds none', async () => {
    const both = await Promise.all([
      runMigrations({ url: testDatabase.url }, MIGRATIONS),
      runMigrations({ url: testDatabase.url }, MIGRATIONS),
    ]);
    expect(both.map((ran) => ran.length).sort()).toEqual([0, 2]);
  });

  it('that build an index concurrently do not wait for a migrator that waits for its turn', async () => {
    const all = [...MIGRATIONS, NotesIndex1764000000002];
    const both = await Promise.all([
      runMigrations({ url: testDatabase.url }, all),
      runMigrations({ url: testDatabase.url }, all),
    ]);
    expect(both.map((ran) => ran.length).sort()).toEqual([0, 3]);
  });

  it('that fail leave nothing half done, keep the ones before, and can run again', async () => {
    Tags1764000000001.fails = true;
    await expect(runMigrations({ url: testDatabase.url }, MIGRATIONS)).rejects.toThrow('out of disk');
    const { rows } = await admin.query(`SELECT to_regclass('notes') IS NOT NULL AS notes, to_regclass('tags') AS tags`);
    expect(rows).toEqual([{ notes: true, tags: null }]);
    Tags1764000000001.fails = false;
    expect(await runMigrations({ url: testDatabase.url }, MIGRATIONS)).toEqual(['Tags1764000000001']);
  });

  it('that are pending are refused by a service, which says what to run', async () => {
    const connect = () => connectDatabase({ url: testDatabase.url }, { migrations: MIGRATIONS });
    await expect(connect()).rejects.toThrow(/lacks 2 migration\(s\).*main\.js migrate/s);
    await runMigrations({ url: testDatabase.url }, [Notes1764000000000]);
    await expect(connect()).rejects.toMatchObject({ pending: ['Tags1764000000001'] });
    await expect(connect()).rejects.toBeInstanceOf(PendingMigrations);
    await runMigrations({ url: testDatabase.url }, MIGRATIONS);
    await (await connect()).close();
  });

  it('are run by the migrating role, and leave the serving role able to read and write but not to change tables', async () => {
    const role = `serving_${testDatabase.name}`;
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'serving-only'`);
    const serving = new URL(testDatabase.url);
    serving.username = role;
    serving.password = 'serving-only';
    try {
      await runMigrations({ url: serving.toString(), migrationUrl: testDatabase.url }, MIGRATIONS);
      const database = await connectDatabase({ url: serving.toString() }, { migrations: MIGRATIONS });
      await database.query('INSERT INTO notes (text) VALUES ($1)', ['served']);
      expect(await database.query('SELECT id, text FROM notes')).toEqual([{ id: 1, text: 'served' }]);
      await expect(database.query('ALTER TABLE notes ADD COLUMN more text')).rejects.toThrow(/owner/);
      await database.close();
    } finally {
      await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
