import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@ponte/testing';
import { Client } from 'pg';
import { connectDatabase, type ConnectedDatabase, type ConnectOptions } from './connect-database.js';
import type { DatabaseConfig } from './database-config.js';
import { DatabaseUnavailable, isInfrastructureError, sqlStateOf } from './infrastructure-error.js';

let testDatabase: TestDatabase;
let admin: Client;
const opened: ConnectedDatabase[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  admin = new Client({ connectionString: testDatabase.url });
  await admin.connect();
  await admin.query('CREATE TABLE notes (id int PRIMARY KEY, text text)');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await admin.query('TRUNCATE notes');
});

afterAll(async () => {
  await admin.end();
  await testDatabase.drop();
});

async function connect(config: Partial<DatabaseConfig> = {}, options: ConnectOptions = {}): Promise<ConnectedDatabase> {
  const database = await connectDatabase({ url: testDatabase.url, ...config }, options);
  opened.push(database);
  return database;
}

async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('It was expected to reject');
}

async function terminate(applicationName: string): Promise<number> {
  const { rowCount } = await admin.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = $2',
    [applicationName, testDatabase.name],
  );
  return rowCount ?? 0;
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 10_000) throw new Error('It did not happen within 10 s');
    await sleep(20);
  }
}

const ids = async () =>
  (await admin.query<{ id: number }>('SELECT id FROM notes ORDER BY id')).rows.map(({ id }) => id);

describe('values', () => {
  it('reads int8 as a number, json parsed and timestamps as dates', async () => {
    const database = await connect();
    const [row] = await database.query(
      `SELECT 9007199254740991::int8 AS position, '{1,NULL,3}'::int8[] AS positions, '{"a":[1]}'::jsonb AS data,
              '2026-01-02T03:04:05Z'::timestamptz AS at, 1.50::numeric AS amount`,
    );
    expect(row).toEqual({
      position: Number.MAX_SAFE_INTEGER,
      positions: [1, null, 3],
      data: { a: [1] },
      at: new Date('2026-01-02T03:04:05Z'),
      amount: '1.50',
    });
  });
});

describe('a transaction', () => {
  it('commits what its work did, and gives its result', async () => {
    const database = await connect();
    const result = await database.transaction(async (sql) => {
      await sql.query('INSERT INTO notes VALUES ($1)', [1]);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await ids()).toEqual([1]);
  });

  it('rolls back when its work throws, and the connection goes on to serve', async () => {
    const database = await connect({ poolSize: 1 });
    const error = new Error('no');
    const work = database.transaction(async (sql) => {
      await sql.query('INSERT INTO notes VALUES (1)');
      throw error;
    });
    await expect(work).rejects.toBe(error);
    expect(await ids()).toEqual([]);
    await database.transaction((sql) => sql.query('INSERT INTO notes VALUES (2)'));
    expect(await ids()).toEqual([2]);
  });

  it('passes the error of a failed statement on as it is', async () => {
    const database = await connect();
    const error = await rejectionOf(database.transaction((sql) => sql.query('INSERT INTO notes VALUES (1), (1)')));
    expect(sqlStateOf(error)).toBe('23505');
    expect(isInfrastructureError(error)).toBe(false);
  });

  it('rejects with the failure of a statement that was swallowed, because nothing was committed', async () => {
    const database = await connect();
    const work = database.transaction(async (sql) => {
      await sql.query('INSERT INTO notes VALUES (1)');
      await sql.query('SELECT 1 / 0').catch(() => undefined);
    });
    expect(sqlStateOf(await rejectionOf(work))).toBe('22012');
    expect(await ids()).toEqual([]);
  });

  it('commits what was sent without waiting, in the order in which it was sent', async () => {
    const database = await connect();
    const rows = await database.transaction(async (sql) => {
      sql.send('INSERT INTO notes VALUES ($1)', [1]);
      const seen = await sql.query('SELECT id FROM notes');
      sql.send('INSERT INTO notes VALUES ($1)', [2]);
      return seen;
    });
    expect(rows).toEqual([{ id: 1 }]);
    expect(await ids()).toEqual([1, 2]);
  });

  it('tells what statements answered that went out with COMMIT, before it tells its end', async () => {
    const database = await connect();
    const said: unknown[] = [];
    await database.transaction((sql) => {
      sql.onEnd((end) => said.push(end));
      sql.send<{ id: number }>('INSERT INTO notes VALUES ($1) RETURNING id', [1], (rows) => said.push(...rows));
      return Promise.resolve();
    });
    expect(said).toEqual([{ id: 1 }, 'committed']);
    expect(await ids()).toEqual([1]);
  });

  it('tells nothing of a sent statement that failed', async () => {
    const database = await connect();
    const said: unknown[] = [];
    const work = database.transaction((sql) => {
      sql.onEnd((end) => said.push(end));
      sql.send('INSERT INTO notes VALUES ($1), ($1) RETURNING id', [1], (rows) => said.push(rows));
      sql.send('SELECT $1::int', [2], (rows) => said.push(rows));
      return Promise.resolve();
    });
    expect(sqlStateOf(await rejectionOf(work))).toBe('23505');
    expect(said).toEqual(['rolled_back']);
  });

  it('commits though reading an answer fails, which is said in the log', async () => {
    const warnings: object[] = [];
    const log = { warn: (fields: object) => void warnings.push(fields), info: () => undefined };
    const database = await connect({}, { log });
    await database.transaction((sql) => {
      sql.send('INSERT INTO notes VALUES ($1)', [1], () => {
        throw new Error('a mistake in it');
      });
      return Promise.resolve();
    });
    expect([await ids(), warnings]).toEqual([[1], [{ error: 'a mistake in it' }]]);
  });

  it('fails with what failed first, whoever of those that asked at once hears of it first', async () => {
    const database = await connect();
    const slowly = async (answer: Promise<unknown>): Promise<unknown> => {
      try {
        return await answer;
      } finally {
        await Promise.resolve();
      }
    };
    const work = database.transaction((sql) =>
      Promise.all([slowly(slowly(sql.query('INSERT INTO notes VALUES (1), (1)'))), sql.query('SELECT 1')]),
    );
    expect(sqlStateOf(await rejectionOf(work))).toBe('23505');
  });

  it('fails with what aborted it, not with what a savepoint took back', async () => {
    const database = await connect();
    const work = database.transaction(async (sql) => {
      await sql.query('SAVEPOINT before');
      await sql.query('SELECT 1 / 0').catch(() => undefined);
      await sql.query('ROLLBACK TO SAVEPOINT before');
      sql.send('INSERT INTO notes VALUES ($1), ($1)', [1]);
    });
    expect(sqlStateOf(await rejectionOf(work))).toBe('23505');
  });

  it('tells its end to those who asked, before its caller hears of it', async () => {
    const database = await connect();
    const said: string[] = [];
    const committed = database.transaction((sql) => {
      sql.onEnd((end) => said.push(end));
      sql.onEnd(() => said.push('second listener'));
      return sql.query('INSERT INTO notes VALUES (1)');
    });
    await committed.then(() => said.push('caller'));
    await rejectionOf(
      database.transaction((sql) => {
        sql.onEnd((end) => said.push(end));
        return sql.query('INSERT INTO notes VALUES (1)');
      }),
    );
    expect(said).toEqual(['committed', 'second listener', 'caller', 'rolled_back']);
  });

  it('tells its end to all who asked, and to its caller, though one of them fails', async () => {
    const warnings: object[] = [];
    const log = { warn: (fields: object) => void warnings.push(fields), info: () => undefined };
    const database = await connect({}, { log });
    const said: string[] = [];
    const result = await database.transaction(async (sql) => {
      sql.onEnd(() => {
        throw new Error('a mistake in it');
      });
      sql.onEnd((end) => said.push(end));
      await sql.query('INSERT INTO notes VALUES (1)');
      return 'done';
    });
    expect([result, said, await ids()]).toEqual(['done', ['committed'], [1]]);
    expect(warnings).toEqual([{ error: 'a mistake in it' }]);
  });

  it('fails with what a sent statement failed with, whatever comes after it', async () => {
    const database = await connect();
    for (const after of [[], ['SELECT 1 WHERE $1 = 1'], ['SELECT 2 WHERE $1 = 1', 'SELECT 2 WHERE $1 = 1']]) {
      const work = database.transaction(async (sql) => {
        sql.send('INSERT INTO notes VALUES ($1), ($1)', [1]);
        await Promise.all(after.map((text) => sql.query(text, [1])));
      });
      expect(sqlStateOf(await rejectionOf(work))).toBe('23505');
    }
    expect(await ids()).toEqual([]);
    expect(await database.query('SELECT 2 AS two WHERE $1 = 1', [1])).toEqual([{ two: 2 }]);
  });

  it('refuses a statement after its end', async () => {
    const database = await connect();
    const leaked = await database.transaction((sql) => Promise.resolve(sql));
    await expect(leaked.query('SELECT 1')).rejects.toThrow(/has ended/);
  });

  it('runs at READ COMMITTED whatever the database defaults to', async () => {
    await admin.query(`ALTER DATABASE ${testDatabase.name} SET default_transaction_isolation = 'serializable'`);
    try {
      const database = await connect();
      const rows = await database.transaction((sql) => sql.query('SHOW transaction_isolation'));
      expect(rows).toEqual([{ transaction_isolation: 'read committed' }]);
    } finally {
      await admin.query(`ALTER DATABASE ${testDatabase.name} RESET default_transaction_isolation`);
    }
  });

  it.each(['alone', 'behind a pooler'])('compiles no statement: %s', async (where) => {
    const database = await connect(where === 'alone' ? {} : behindPooler());
    expect(await database.transaction((sql) => sql.query('SHOW jit'))).toEqual([{ jit: 'off' }]);
    expect(await database.query('SHOW jit')).toEqual([{ jit: 'off' }]);
  });

  it('limits its statements behind a pooler too, without leaving a setting in the session', async () => {
    const database = await connect({ ...behindPooler(), poolSize: 1, statementTimeoutMs: 200 });
    const slow = ['SELECT pg_sleep(5)'] as const;
    for (const work of [() => database.transaction((sql) => sql.query(...slow)), () => database.query(...slow)]) {
      const error = await rejectionOf(work());
      expect(sqlStateOf(error)).toBe('57014');
      expect(isInfrastructureError(error)).toBe(true);
    }
    // TypeORM asks on the same connection, outside any transaction.
    expect(await database.dataSource.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '0' }]);
  });
});

/** Naming another URL past it says that there is a pooler. */
const behindPooler = () => ({ directUrl: `${testDatabase.url}?direct` });

describe('a lone statement behind a pooler', () => {
  it('is committed when it is answered, and leaves the connection as it was when it fails', async () => {
    const database = await connect({ ...behindPooler(), poolSize: 1 });
    await database.query('INSERT INTO notes VALUES ($1)', [1]);
    expect(await ids()).toEqual([1]);
    expect(sqlStateOf(await rejectionOf(database.query('INSERT INTO notes VALUES ($1)', [1])))).toBe('23505');
    expect(await database.query('INSERT INTO notes VALUES (2) RETURNING id')).toEqual([{ id: 2 }]);
    expect(await ids()).toEqual([1, 2]);
  });

  it('fails with what its commit failed with', async () => {
    const database = await connect(behindPooler());
    await admin.query('ALTER TABLE notes ADD CONSTRAINT late UNIQUE (text) DEFERRABLE INITIALLY DEFERRED');
    try {
      const twice = database.query(`INSERT INTO notes VALUES (1, 'same'), (2, 'same')`);
      expect(sqlStateOf(await rejectionOf(twice))).toBe('23505');
    } finally {
      await admin.query('ALTER TABLE notes DROP CONSTRAINT late');
    }
  });
});

describe('options in the URL', () => {
  it('join those of the service, and have the last word', async () => {
    const withOptions = (options: string) =>
      connect({ url: `${testDatabase.url}?options=${encodeURIComponent(options)}` });
    const joined = await withOptions('-c work_mem=8MB');
    expect(await joined.query('SHOW work_mem')).toEqual([{ work_mem: '8MB' }]);
    expect(await joined.query('SHOW jit')).toEqual([{ jit: 'off' }]);
    const overruled = await withOptions('-c jit=on');
    expect(await overruled.query('SHOW jit')).toEqual([{ jit: 'on' }]);
  });
});

describe('a broken connection', () => {
  it('is an infrastructure error, is told to listeners, and is never handed out again', async () => {
    const database = await connect({ poolSize: 1 });
    let lost = 0;
    database.onConnectionLost(() => (lost += 1));
    const error = await rejectionOf(
      database.transaction(async (sql) => {
        await sql.query('INSERT INTO notes VALUES (1)');
        await sql.query('SELECT pg_terminate_backend(pg_backend_pid())');
      }),
    );
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect(error).toMatchObject({ failure: 'lost', outcome: 'not-applied' });
    expect(isInfrastructureError(error)).toBe(true);
    expect(lost).toBe(1);
    expect(await database.query('SELECT 2 AS two')).toEqual([{ two: 2 }]);
    expect(await ids()).toEqual([]);
  });

  it('leaves the outcome open when the answer to COMMIT is lost', async () => {
    const database = await connect({ poolSize: 1 });
    await admin.query(`
      CREATE OR REPLACE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER die_at_commit AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION die()`);
    try {
      const ends: string[] = [];
      const error = await rejectionOf(
        database.transaction((sql) => {
          sql.onEnd((end) => ends.push(end));
          return sql.query('INSERT INTO notes VALUES (1)');
        }),
      );
      expect(error).toMatchObject({ failure: 'lost', outcome: 'unknown' });
      expect(ends).toEqual(['unknown']);
    } finally {
      await admin.query('DROP TRIGGER die_at_commit ON notes');
    }
  });

  it('is noticed while it is idle, and replaced', async () => {
    const database = await connect({}, { applicationName: 'idle-one' });
    let lost = 0;
    database.onConnectionLost(() => (lost += 1));
    await database.query('SELECT 1');
    expect(await terminate('idle-one')).toBe(1);
    await eventually(() => lost === 1);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('in TypeORM too, as both use one pool', async () => {
    const database = await connect({ poolSize: 1 }, { applicationName: 'shared' });
    expect(await database.dataSource.query('SELECT 1::int8 AS one')).toEqual([{ one: 1 }]);
    await rejectionOf(database.dataSource.query('SELECT pg_terminate_backend(pg_backend_pid())'));
    // Postgres says that it is going before it hangs up, so that a first query may still meet the dying connection.
    await database.query('SELECT 1').catch(() => undefined);
    expect(
      await database.query('SELECT count(*) FROM pg_stat_activity WHERE application_name = $1', ['shared']),
    ).toEqual([{ count: 1 }]);
  });
});

describe('the pool', () => {
  it('gives up waiting for a free connection after a while', async () => {
    const database = await connect({ poolSize: 1, acquireTimeoutMs: 150 });
    const holding = database.query('SELECT pg_sleep(0.6)');
    await sleep(50);
    const error = await rejectionOf(database.query('SELECT 1'));
    expect(error).toMatchObject({ failure: 'busy', infrastructure: true });
    await holding;
  });

  it('refuses at once when too many wait already', async () => {
    const database = await connect({ poolSize: 1, maxWaiting: 1 });
    const holding = database.query('SELECT pg_sleep(0.3)');
    await sleep(50);
    const waiting = database.query('SELECT 1 AS one');
    expect(await rejectionOf(database.query('SELECT 1'))).toMatchObject({ failure: 'busy' });
    expect(await waiting).toEqual([{ one: 1 }]);
    await holding;
  });

  it('closes after what is in use was given back, and refuses from then on', async () => {
    const database = await connect();
    const working = database.query('SELECT pg_sleep(0.2), 1 AS one');
    await sleep(50);
    const closing = database.close();
    await expect(working).resolves.toMatchObject([{ one: 1 }]);
    await closing;
    expect(await rejectionOf(database.query('SELECT 1'))).toMatchObject({ failure: 'closed' });
  });

  it('lets no statement run for longer than its limit', async () => {
    const database = await connect({ statementTimeoutMs: 200 });
    expect(sqlStateOf(await rejectionOf(database.query('SELECT pg_sleep(3)')))).toBe('57014');
  });
});

describe('booting', () => {
  it('refuses a role whose commits are not durable, and says how to mend it', async () => {
    await admin.query(`ALTER DATABASE ${testDatabase.name} SET synchronous_commit = off`);
    try {
      const error = await rejectionOf(connect());
      expect(error).toMatchObject({ name: 'CommitsNotDurable' });
      expect(String(error)).toContain('RESET synchronous_commit');
    } finally {
      await admin.query(`ALTER DATABASE ${testDatabase.name} RESET synchronous_commit`);
    }
  });

  it('says at once that a database or a password is wrong, and never shows the password', async () => {
    const url = new URL(testDatabase.url);
    url.pathname = '/nowhere';
    const error = await rejectionOf(connect({ url: url.toString() }));
    expect(String(error)).toMatch(/database "nowhere" does not exist/);
    expect(String(error)).not.toContain(url.password);
  });

  it('waits for a server that is not up yet, then says that it could not be reached', async () => {
    const startedAt = Date.now();
    const error = await rejectionOf(connect({ url: 'postgres://ponte@127.0.0.1:1/ponte', bootTimeoutMs: 500 }));
    expect(error).toMatchObject({ name: 'DatabaseUnavailable', failure: 'connect' });
    expect(Date.now() - startedAt).toBeGreaterThan(300);
  });
});

describe('listening', () => {
  it('hears what is notified on its channel, until it is closed', async () => {
    const database = await connect();
    let heard = 0;
    const subscription = await database.listen('news', () => (heard += 1));
    await database.query('NOTIFY news');
    await database.query('NOTIFY other');
    await eventually(() => heard > 0);
    await subscription.close();
    await database.query('NOTIFY news');
    await sleep(50);
    expect(heard).toBe(1);
  });

  it('reconnects by itself, looks once for what it missed, and hears again', async () => {
    const database = await connect({}, { applicationName: 'listener' });
    let heard = 0;
    let lost = 0;
    database.onConnectionLost(() => (lost += 1));
    await database.listen('news', () => (heard += 1));
    expect(await terminate('listener')).toBeGreaterThan(0);
    await eventually(() => heard === 1);
    expect(lost).toBeGreaterThan(0);
    await database.query('NOTIFY news');
    await eventually(() => heard === 2);
  });

  it('serves several channels and several listeners of one channel', async () => {
    const database = await connect();
    const heard: string[] = [];
    await database.listen('one', () => heard.push('one'));
    await database.listen('two', () => heard.push('two'));
    await database.listen('two', () => heard.push('two again'));
    await database.query('NOTIFY two');
    await database.query('NOTIFY one');
    await eventually(() => heard.length === 3);
    expect(heard).toEqual(['two', 'two again', 'one']);
  });

  it('says so when the direct URL is wrong', async () => {
    const database = await connect({ directUrl: 'postgres://ponte@127.0.0.1:1/ponte' });
    expect(isInfrastructureError(await rejectionOf(database.listen('news', () => undefined)))).toBe(true);
  });
});
