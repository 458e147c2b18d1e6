import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ROOT } from '@ponte/local';
import { connectDatabase, type Database } from '@ponte/service-kit';
import { table } from '../table.js';
import { dealsWorkload } from './deals-workload.js';
import type { Bench, Measured, Workload } from './workload.js';

/** W5: how fast the projections of deals are built anew from everything that happened. */
export const rebuildWorkload: Workload = { name: 'W5', is: 'rebuild of the projections of deals', measure };

interface RebuildFigures {
  readonly from: string;
  readonly events: number;
  readonly perSecond: number;
  /** Of the whole command: it starts, builds, compares, and writes where it must. */
  readonly seconds: number;
  /** Rows that differed before. */
  readonly differing: number;
}

const EMPTY = `TRUNCATE workspaces, origin_groups, origins, stages, tags, owners, contacts, contact_identities, deals`;
const LEAST_EVENTS = 50_000;

async function measure(bench: Bench): Promise<Measured> {
  const { stack } = await bench.stack();
  const database = await connectDatabase({ url: stack.databaseUrls.deals, poolSize: 1 });
  const figures: RebuildFigures[] = [];
  try {
    // W4 leaves enough behind; alone, there is nothing to rebuild yet.
    const [log] = await database.query<{ events: number }>(
      'SELECT sum(position)::bigint AS events FROM event_log_heads',
    );
    if ((log?.events ?? 0) < LEAST_EVENTS) await dealsWorkload.measure(bench);
    await untilRelayed(database);
    const deals = stack.process('deals');
    await deals.stop();
    for (const from of ['log', 'topic']) {
      bench.say('W5', `comparing with what the ${from} says`);
      figures.push(await runRebuild(bench, ['--from', from, '--verify']));
    }
    bench.say('W5', 'from the log into empty tables');
    await database.query(EMPTY);
    figures.push(await runRebuild(bench, ['--from', 'log']));
    await deals.start();
  } finally {
    await database.close();
  }
  return { text: textOf(figures), figures: { rebuilds: figures } };
}

/** The topic says all that the log says. */
async function untilRelayed(database: Database): Promise<void> {
  for (;;) {
    const [lag] = await database.query<{ records: number }>(
      `SELECT sum(h.position - c.position)::bigint AS records
         FROM event_log_heads h JOIN event_log_checkpoints c USING (partition)`,
    );
    if (lag?.records === 0) return;
    await sleep(200);
  }
}

/** Runs the command as an operator does. */
async function runRebuild(bench: Bench, args: readonly string[]): Promise<RebuildFigures> {
  const { stack } = await bench.stack();
  const startedMs = performance.now();
  const script = join(ROOT, 'services/deals/dist/main.js');
  const env = { ...process.env, DATABASE_URL: stack.databaseUrls.deals, KAFKA_BROKERS: stack.brokers };
  const { stdout } = await promisify(execFile)(process.execPath, [script, 'rebuild', ...args], { env });
  const report: unknown = JSON.parse(stdout);
  return {
    from: args.slice(1).join(' '),
    events: numberIn(report, 'events'),
    perSecond: numberIn(report, 'perSecond'),
    seconds: (performance.now() - startedMs) / 1000,
    differing: differingIn(report),
  };
}

function numberIn(report: unknown, name: string): number {
  const value: unknown = new Map(Object.entries(report ?? {})).get(name);
  if (typeof value !== 'number') throw new Error(`The rebuild reported no ${name}`);
  return value;
}

/** Rows of all tables. */
function differingIn(report: unknown): number {
  const tables: unknown = new Map(Object.entries(report ?? {})).get('differing');
  return Object.values(tables ?? {}).reduce((sum: number, count: unknown) => sum + Number(count), 0);
}

function textOf(figures: readonly RebuildFigures[]): string {
  return table(
    ['from', 'events', 'events/s', 's in all', 'rows that differed'],
    figures.map((one) => [one.from, one.events, one.perSecond, one.seconds.toFixed(1), one.differing]),
  );
}
