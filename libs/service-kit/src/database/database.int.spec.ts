import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DatabaseUnavailable, isInfrastructureError, sqlStateOf } from './infrastructure-error.js';
import { NotesDatabase, rejectionOf } from './notes-database.spec-support.js';

let notes: NotesDatabase;
beforeAll(async () => {
  notes = await NotesDatabase.open();
});
afterEach(() => notes.reset());
afterAll(() => notes.close());

async function eventually(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 10_000) throw new Error('It did not happen within 10 s');
    await sleep(20);
  }
}

describe('values', () => {
  it('reads int8 as a number, json parsed and timestamps as dates', async () => {
    const database = await notes.connect();
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

describe('a lone statement behind a pooler', () => {
  it('is committed when it is answered, and leaves the connection as it was when it fails', async () => {
    const database = await notes.connect({ ...notes.behindPooler, poolSize: 1 });
    await database.query('INSERT INTO notes VALUES ($1)', [1]);
    expect(await notes.ids()).toEqual([1]);
    expect(sqlStateOf(await rejectionOf(database.query('INSERT INTO notes VALUES ($1)', [1])))).toBe('23505');
    expect(await database.query('INSERT INTO notes VALUES (2) RETURNING id')).toEqual([{ id: 2 }]);
    expect(await notes.ids()).toEqual([1, 2]);
  });

  it('fails with what its commit failed with', async () => {
    const database = await notes.connect(notes.behindPooler);
    await notes.admin.query('ALTER TABLE notes ADD CONSTRAINT late UNIQUE (text) DEFERRABLE INITIALLY DEFERRED');
    try {
      const twice = database.query(`INSERT INTO notes VALUES (1, 'same'), (2, 'same')`);
      expect(sqlStateOf(await rejectionOf(twice))).toBe('23505');
    } finally {
      await notes.admin.query('ALTER TABLE notes DROP CONSTRAINT late');
    }
  });
});

describe('options in the URL', () => {
  it('join those of the service, and have the last word', async () => {
    const withOptions = (options: string) =>
      notes.connect({ url: `${notes.url}?options=${encodeURIComponent(options)}` });
    const joined = await withOptions('-c work_mem=8MB');
    expect(await joined.query('SHOW work_mem')).toEqual([{ work_mem: '8MB' }]);
    expect(await joined.query('SHOW jit')).toEqual([{ jit: 'off' }]);
    const overruled = await withOptions('-c jit=on');
    expect(await overruled.query('SHOW jit')).toEqual([{ jit: 'on' }]);
  });
});

describe('a broken connection', () => {
  it('is an infrastructure error, is told to listeners, and is never handed out again', async () => {
    const database = await notes.connect({ poolSize: 1 });
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
    expect(await notes.ids()).toEqual([]);
  });

  it('leaves the outcome open when the answer to COMMIT is lost', async () => {
    const database = await notes.connect({ poolSize: 1 });
    await notes.admin.query(`
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
      await notes.admin.query('DROP TRIGGER die_at_commit ON notes');
    }
  });

  it('is noticed while it is idle, and replaced', async () => {
    const database = await notes.connect({}, { applicationName: 'idle-one' });
    let lost = 0;
    database.onConnectionLost(() => (lost += 1));
    await database.query('SELECT 1');
    expect(await notes.terminate('idle-one')).toBe(1);
    await eventually(() => lost === 1);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('in TypeORM too, as both use one pool', async () => {
    const database = await notes.connect({ poolSize: 1 }, { applicationName: 'shared' });
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
    const database = await notes.connect({ poolSize: 1, acquireTimeoutMs: 150 });
    const holding = database.query('SELECT pg_sleep(0.6)');
    await sleep(50);
    const error = await rejectionOf(database.query('SELECT 1'));
    expect(error).toMatchObject({ failure: 'busy', infrastructure: true });
    await holding;
  });

  it('refuses at once when too many wait already', async () => {
    const database = await notes.connect({ poolSize: 1, maxWaiting: 1 });
    const holding = database.query('SELECT pg_sleep(0.3)');
    await sleep(50);
    const waiting = database.query('SELECT 1 AS one');
    expect(await rejectionOf(database.query('SELECT 1'))).toMatchObject({ failure: 'busy' });
    expect(await waiting).toEqual([{ one: 1 }]);
    await holding;
  });

  it('closes after what is in use was given back, and refuses from then on', async () => {
    const database = await notes.connect();
    const working = database.query('SELECT pg_sleep(0.2), 1 AS one');
    await sleep(50);
    const closing = database.close();
    await expect(working).resolves.toMatchObject([{ one: 1 }]);
    await closing;
    expect(await rejectionOf(database.query('SELECT 1'))).toMatchObject({ failure: 'closed' });
  });

  it('lets no statement run for longer than its limit', async () => {
    const database = await notes.connect({ statementTimeoutMs: 200 });
    expect(sqlStateOf(await rejectionOf(database.query('SELECT pg_sleep(3)')))).toBe('57014');
  });
});

describe('booting', () => {
  it('refuses a role whose commits are not durable, and says how to mend it', async () => {
    await notes.admin.query(`ALTER DATABASE ${notes.name} SET synchronous_commit = off`);
    try {
      const error = await rejectionOf(notes.connect());
      expect(error).toMatchObject({ name: 'CommitsNotDurable' });
      expect(String(error)).toContain('RESET synchronous_commit');
    } finally {
      await notes.admin.query(`ALTER DATABASE ${notes.name} RESET synchronous_commit`);
    }
  });

  it('says at once that a database or a password is wrong, and never shows the password', async () => {
    const url = new URL(notes.url);
    url.pathname = '/nowhere';
    const error = await rejectionOf(notes.connect({ url: url.toString() }));
    expect(String(error)).toMatch(/database "nowhere" does not exist/);
    expect(String(error)).not.toContain(url.password);
  });

  it('waits for a server that is not up yet, then says that it could not be reached', async () => {
    const startedAt = Date.now();
    const error = await rejectionOf(notes.connect({ url: 'postgres://ponte@127.0.0.1:1/ponte', bootTimeoutMs: 500 }));
    expect(error).toMatchObject({ name: 'DatabaseUnavailable', failure: 'connect' });
    expect(Date.now() - startedAt).toBeGreaterThan(300);
  });
});

describe('listening', () => {
  it('hears what is notified on its channel, until it is closed', async () => {
    const database = await notes.connect();
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
    const database = await notes.connect({}, { applicationName: 'listener' });
    let heard = 0;
    let lost = 0;
    database.onConnectionLost(() => (lost += 1));
    await database.listen('news', () => (heard += 1));
    expect(await notes.terminate('listener')).toBeGreaterThan(0);
    await eventually(() => heard === 1);
    expect(lost).toBeGreaterThan(0);
    await database.query('NOTIFY news');
    await eventually(() => heard === 2);
  });

  it('serves several channels and several listeners of one channel', async () => {
    const database = await notes.connect();
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
    const database = await notes.connect({ directUrl: 'postgres://ponte@127.0.0.1:1/ponte' });
    expect(isInfrastructureError(await rejectionOf(database.listen('news', () => undefined)))).toBe(true);
  });
});
