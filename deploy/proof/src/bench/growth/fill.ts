import { setTimeout as sleep } from 'node:timers/promises';
import type { Say } from '@ponte/local';
import { connectDatabase, type Database } from '@ponte/service-kit';

/** Rows that are made by a statement of their number alone. */
export interface Filling {
  /** What the rows are, in the plural. */
  readonly what: string;
  readonly rows: number;
  /** Inserts the rows with the numbers from `$1` to `$2`; `$3` is how many there will be. */
  readonly statement: string;
  /** From `$4` on. */
  readonly values: readonly unknown[];
  /** What to vacuum and analyse afterwards, as the daemon does with a table that grew over months. */
  readonly tables: readonly string[];
}

const CHUNK = 20_000;
/** Before the next checkpoint: after it each page would go into the log of writes as a whole. */
const VACUUMED_AT_ONCE = 5 * CHUNK;
const SECONDS_BETWEEN_LINES = 10;
/** Far longer than vacuuming what W6 fills has taken. */
const VACUUMED_WITHIN_SECONDS = 600;

/** Fills tables in chunks, each a transaction, and says how far it is. */
export async function fill(url: string, fillings: readonly Filling[], say: Say): Promise<void> {
  // Vacuuming millions of rows takes its time.
  const database = await connectDatabase({ url, poolSize: 1, statementTimeoutMs: 0 });
  try {
    for (const filling of fillings) await fillOne(database, filling, say);
  } finally {
    await database.close();
  }
}

async function fillOne(database: Database, filling: Filling, say: Say): Promise<void> {
  const { what, rows, statement, values, tables } = filling;
  const startedMs = performance.now();
  let saidMs = startedMs;
  for (let first = 1; first <= rows; first += CHUNK) {
    const last = Math.min(rows, first + CHUNK - 1);
    await database.transaction((sql) => {
      // Nobody relies on it before all is written out.
      sql.send('SET LOCAL synchronous_commit = off');
      return sql.query(statement, [first, last, rows, ...values]);
    });
    if (last % VACUUMED_AT_ONCE === 0) await database.query(`VACUUM ${tables.join()}`);
    if (performance.now() - saidMs < SECONDS_BETWEEN_LINES * 1000) continue;
    saidMs = performance.now();
    say('W6', `${last.toLocaleString('en')} of ${rows.toLocaleString('en')} ${what}`);
  }
  await database.query(`VACUUM (ANALYZE) ${tables.join()}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  say('W6', `${rows.toLocaleString('en')} ${what} in ${seconds} s`);
}

/**
 * Waits until the server is through with what was filled, as it is after years in which it grew: its daemon with the
 * tables that it noticed, and the checkpointer with the pages that are not in their files. Both would go on for minutes
 * beside what is measured next.
 *
 * @param url of the superuser, as none else may ask for a checkpoint
 * @throws Error where the daemon is not through after ten minutes, with what it is at
 */
export async function settle(url: string, say: Say): Promise<void> {
  const startedMs = performance.now();
  const database = await connectDatabase({ url, poolSize: 1, statementTimeoutMs: 0 });
  try {
    await vacuumed(database, say);
    await database.query('CHECKPOINT');
  } finally {
    await database.close();
  }
  say('W6', `vacuumed and written out after ${((performance.now() - startedMs) / 1000).toFixed(0)} s more`);
}

async function vacuumed(database: Database, say: Say): Promise<void> {
  const startedMs = performance.now();
  let saidMs = startedMs;
  for (;;) {
    const workers = await database.query<{ at: string }>(selectVacuuming);
    if (workers.length === 0) return;
    const at = workers.map((worker) => worker.at).join('; ');
    const nowMs = performance.now();
    if (nowMs - startedMs > VACUUMED_WITHIN_SECONDS * 1000) {
      throw new Error(`Autovacuum is not through after ${String(VACUUMED_WITHIN_SECONDS)} s: ${at}`);
    }
    if (nowMs - saidMs > SECONDS_BETWEEN_LINES * 1000) {
      saidMs = nowMs;
      say('W6', `waiting for ${at}`);
    }
    await sleep(500);
  }
}

/** What each worker of the daemon is at: `deals: autovacuum: VACUUM public.event_log`. */
const selectVacuuming = `
  SELECT concat_ws(': ', datname, nullif(query, '')) AS at
    FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'`;

/**
 * SQL for an id that row `n` gets. As evenly spread over all ids as those of the services, which are made from names, and
 * yet ascending with n: so it is inserted in order, and what comes later falls anywhere between.
 *
 * @param n an expression of SQL, as is `rows`
 * @param salt tells the ids of different things apart
 */
export function spreadId(n: string, rows: string, salt: string): string {
  const hash = `md5('${salt}' || (${n}))`;
  return `(lpad(to_hex((${n})::bigint * 4294967295 / (${rows})::bigint), 8, '0') || substr(${hash}, 1, 4) || '5'
    || substr(${hash}, 5, 3) || '8' || substr(${hash}, 8, 15))::uuid`;
}

/** SQL for a number below `below` that row `n` draws; the same one each time. */
export const drawn = (n: string, below: number, salt: number): string =>
  `abs(hashint8extended((${n})::bigint, ${String(salt)}) % ${String(below)})`;
