import type { EventLog } from '@ponte/event-log';
import type { Kafka } from '@ponte/kafka';
import type { Database, Sql, Transaction } from '@ponte/service-kit';
import { CatalogueCache } from '../projections/catalogue-cache.js';
import { projectRecords } from '../projections/project-records.js';
import { findDifferences, firstDifferences, makeTablesBeside, type Difference } from './beside.js';
import { Chain, IncompleteLog, type ChainedRecord, type Heads } from './chain.js';
import { mend } from './mend.js';
import { describeTables, type TableHere } from './projected-tables.js';
import { readLog } from './read-log.js';
import { isRelayed, readTopic } from './read-topic.js';

/** Where the events come from: the log's own table, or the topic. */
export type RebuildSource =
  { readonly kind: 'log' } | { readonly kind: 'topic'; readonly kafka: Kafka; readonly topic: EventLog['topic'] };

export interface RebuildOptions {
  readonly database: Database;
  readonly source: RebuildSource;
  /** Compares and changes nothing; may run beside the service. */
  readonly verify: boolean;
  /** Records that are evolved at once, in memory. Default 4,000, and 8 MiB. */
  readonly batchRecords?: number;
  onProgress?(progress: { readonly events: number; readonly of: number; readonly perSecond: number }): void;
}

export interface Rebuilt {
  readonly events: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Rows that differed, by table; tables that did not are left out. */
  readonly differing: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly first: readonly Difference[];
}

/** The service runs: it would write what is being rebuilt. */
export class ServiceRuns extends Error {
  override readonly name = 'ServiceRuns';

  constructor() {
    super('The deals service is running: stop every instance of it first, or compare alone with --verify');
  }
}

const SHOWN = 20;
const PROGRESS_MS = 2_000;

/**
 * Builds the projections beside the existing ones from all that ever happened, compares, and, unless it only verifies,
 * makes the existing ones the same. All of it is one transaction: it happens as a whole or not at all, and readers see
 * the tables as they were until then.
 *
 * @throws ServiceRuns, and IncompleteLog where what is read is not the whole log
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { database, verify } = options;
  if (!verify && (await isServed(database))) throw new ServiceRuns();
  return database.transaction(async (sql) => {
    // One moment for the log's end and the tables. The lock comes before that moment, and keeps out a service that
    // starts meanwhile: its appends wait.
    await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    if (!verify) await sql.query('LOCK TABLE event_log_heads IN EXCLUSIVE MODE');
    const heads = await readHeads(sql);
    const tables = await describeTables(sql);
    await makeTablesBeside(sql, tables);
    const startedMs = performance.now();
    const events = await build(sql, heads, options);
    const seconds = (performance.now() - startedMs) / 1000;
    const { differing, first } = await compare(sql, tables);
    if (!verify) {
      await mend(
        sql,
        tables.filter(({ name }) => differing[name] !== undefined),
      );
    }
    return { events, seconds, perSecond: Math.round(events / Math.max(seconds, 0.001)), differing, first };
  });
}

/** Whoever serves relays, or waits to: as long as one instance runs, somebody has the lease. */
async function isServed(sql: Sql): Promise<boolean> {
  const [relay] = await sql.query<{ held: boolean }>(
    'SELECT holder IS NOT NULL AND expires_at > clock_timestamp() AS held FROM event_log_relay',
  );
  return relay?.held ?? false;
}

async function readHeads(sql: Sql): Promise<Heads> {
  const rows = await sql.query<{ partition: number; position: number }>(
    'SELECT partition, position FROM event_log_heads ORDER BY partition',
  );
  return new Map(rows.map((row) => [row.partition, row.position]));
}

async function build(sql: Transaction, heads: Heads, options: RebuildOptions): Promise<number> {
  const { database, source, batchRecords = 4_000, onProgress } = options;
  const cache = new CatalogueCache(database);
  const chain = new Chain(heads, source.kind === 'log' ? 'event_log' : source.topic);
  const of = [...heads.values()].reduce((sum, head) => sum + head, 0);
  const startedMs = performance.now();
  let toldMs = startedMs;
  const take = async (records: readonly ChainedRecord[]) => {
    await projectRecords(sql, chain.follow(records), cache);
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_MS) return;
    toldMs = nowMs;
    const perSecond = Math.round((chain.followed * 1000) / (nowMs - startedMs));
    onProgress?.({ events: chain.followed, of, perSecond });
  };
  if (source.kind === 'log') await readLog(database, heads, batchRecords, take);
  else {
    if (!(await isRelayed(database, heads))) throw new IncompleteLog(notRelayed(source.topic));
    await readTopic(source, heads, batchRecords, take);
  }
  chain.finish();
  return chain.followed;
}

const notRelayed = (topic: string) =>
  `${topic} does not hold the whole log yet, and nobody relays: start the service until it has, or rebuild from the log`;

async function compare(sql: Sql, tables: readonly TableHere[]): Promise<Pick<Rebuilt, 'differing' | 'first'>> {
  const differing: Record<string, number> = {};
  const first: Difference[] = [];
  for (const table of tables) {
    const count = await findDifferences(sql, table);
    if (count === 0) continue;
    differing[table.name] = count;
    if (first.length < SHOWN) first.push(...(await firstDifferences(sql, table, SHOWN - first.length)));
  }
  return { differing, first };
}
