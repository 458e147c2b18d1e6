import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { isInfrastructureError, sqlStateOf } from './infrastructure-error.js';
import { NotesDatabase, rejectionOf } from './notes-database.spec-support.js';

let notes: NotesDatabase;
beforeAll(async () => {
  notes = await NotesDatabase.open();
});
afterEach(() => notes.reset());
afterAll(() => notes.close());

describe('a transaction', () => {
  it('commits what its work did, and gives its result', async () => {
    const database = await notes.connect();
    const result = await database.transaction(async (sql) => {
      await sql.query('INSERT INTO notes VALUES ($1)', [1]);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await notes.ids()).toEqual([1]);
  });

  it('rolls back when its work throws, and the connection goes on to serve', async () => {
    const database = await notes.connect({ poolSize: 1 });
    const error = new Error('no');
    const work = database.transaction(async (sql) => {
      await sql.query('INSERT INTO notes VALUES (1)');
      throw error;
    });
    await expect(work).rejects.toBe(error);
    expect(await notes.ids()).toEqual([]);
    await database.transaction((sql) => sql.query('INSERT INTO notes VALUES (2)'));
    expect(await notes.ids()).toEqual([2]);
  });

  it('passes the error of a failed statement on as it is', async () => {
    const database = await notes.connect();
    const error = await rejectionOf(database.transaction((sql) => sql.query('INSERT INTO notes VALUES (1), (1)')));
    expect(sqlStateOf(error)).toBe('23505');
    expect(isInfrastructureError(error)).toBe(false);
  });

  it('rejects with the failure of a statement that was swallowed, because nothing was committed', async () => {
    const database = await notes.connect();
    const work = database.transaction(async (sql) => {
      await sql.query('INSERT INTO notes VALUES (1)');
      await sql.query('SELECT 1 / 0').catch(() => undefined);
    });
    expect(sqlStateOf(await rejectionOf(work))).toBe('22012');
    expect(await notes.ids()).toEqual([]);
  });

  it('commits what was sent without waiting, in the order in which it was sent', async () => {
    const database = await notes.connect();
    const rows = await database.transaction(async (sql) => {
      sql.send('INSERT INTO notes VALUES ($1)', [1]);
      const seen = await sql.query('SELECT id FROM notes');
      sql.send('INSERT INTO notes VALUES ($1)', [2]);
      return seen;
    });
    expect(rows).toEqual([{ id: 1 }]);
    expect(await notes.ids()).toEqual([1, 2]);
  });

  it('tells what statements answered that went out with COMMIT, before it tells its end', async () => {
    const database = await notes.connect();
    const said: unknown[] = [];
    await database.transaction((sql) => {
      sql.onEnd((end) => said.push(end));
      sql.send<{ id: number }>('INSERT INTO notes VALUES ($1) RETURNING id', [1], (rows) => said.push(...rows));
      return Promise.resolve();
    });
    expect(said).toEqual([{ id: 1 }, 'committed']);
    expect(await notes.ids()).toEqual([1]);
  });

  it('tells nothing of a sent statement that failed', async () => {
    const database = await notes.connect();
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
    const database = await notes.connect({}, { log });
    await database.transaction((sql) => {
      sql.send('INSERT INTO notes VALUES ($1)', [1], () => {
        throw new Error('a mistake in it');
      });
      return Promise.resolve();
    });
    expect([await notes.ids(), warnings]).toEqual([[1], [{ error: 'a mistake in it' }]]);
  });

  it('fails with what failed first, whoever of those that asked at once hears of it first', async () => {
    const database = await notes.connect();
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
    const database = await notes.connect();
    const work = database.transaction(async (sql) => {
      await sql.query('SAVEPOINT before');
      await sql.query('SELECT 1 / 0').catch(() => undefined);
      await sql.query('ROLLBACK TO SAVEPOINT before');
      sql.send('INSERT INTO notes VALUES ($1), ($1)', [1]);
    });
    expect(sqlStateOf(await rejectionOf(work))).toBe('23505');
  });

  it('tells its end to those who asked, before its caller hears of it', async () => {
    const database = await notes.connect();
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
    const database = await notes.connect({}, { log });
    const said: string[] = [];
    const result = await database.transaction(async (sql) => {
      sql.onEnd(() => {
        throw new Error('a mistake in it');
      });
      sql.onEnd((end) => said.push(end));
      await sql.query('INSERT INTO notes VALUES (1)');
      return 'done';
    });
    expect([result, said, await notes.ids()]).toEqual(['done', ['committed'], [1]]);
    expect(warnings).toEqual([{ error: 'a mistake in it' }]);
  });

  it('fails with what a sent statement failed with, whatever comes after it', async () => {
    const database = await notes.connect();
    for (const after of [[], ['SELECT 1 WHERE $1 = 1'], ['SELECT 2 WHERE $1 = 1', 'SELECT 2 WHERE $1 = 1']]) {
      const work = database.transaction(async (sql) => {
        sql.send('INSERT INTO notes VALUES ($1), ($1)', [1]);
        await Promise.all(after.map((text) => sql.query(text, [1])));
      });
      expect(sqlStateOf(await rejectionOf(work))).toBe('23505');
    }
    expect(await notes.ids()).toEqual([]);
    expect(await database.query('SELECT 2 AS two WHERE $1 = 1', [1])).toEqual([{ two: 2 }]);
  });

  it('refuses a statement after its end', async () => {
    const database = await notes.connect();
    const leaked = await database.transaction((sql) => Promise.resolve(sql));
    await expect(leaked.query('SELECT 1')).rejects.toThrow(/has ended/);
  });

  it('runs at READ COMMITTED whatever the database defaults to', async () => {
    await notes.admin.query(`ALTER DATABASE ${notes.name} SET default_transaction_isolation = 'serializable'`);
    try {
      const database = await notes.connect();
      const rows = await database.transaction((sql) => sql.query('SHOW transaction_isolation'));
      expect(rows).toEqual([{ transaction_isolation: 'read committed' }]);
    } finally {
      await notes.admin.query(`ALTER DATABASE ${notes.name} RESET default_transaction_isolation`);
    }
  });

  it.each(['alone', 'behind a pooler'])('compiles no statement: %s', async (where) => {
    const database = await notes.connect(where === 'alone' ? {} : notes.behindPooler);
    expect(await database.transaction((sql) => sql.query('SHOW jit'))).toEqual([{ jit: 'off' }]);
    expect(await database.query('SHOW jit')).toEqual([{ jit: 'off' }]);
  });

  it('limits its statements behind a pooler too, without leaving a setting in the session', async () => {
    const database = await notes.connect({ ...notes.behindPooler, poolSize: 1, statementTimeoutMs: 200 });
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
