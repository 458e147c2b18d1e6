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
const SECONDS_BETWEEN_LINES = 10;

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
    await database.query(statement, [first, last, rows, ...values]);
    if (performance.now() - saidMs < SECONDS_BETWEEN_LINES * 1000) continue;
    saidMs = performance.now();
    say('W6', `${last.toLocaleString('en')} of ${rows.toLocaleString('en')} ${what}`);
  }
  for (const table of tables) await database.query(`VACUUM (ANALYZE) ${table}`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  say('W6', `${rows.toLocaleString('en')} ${what} in ${seconds} s`);
}

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
