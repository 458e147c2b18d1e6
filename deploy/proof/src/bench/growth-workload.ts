import { connectDatabase } from '@ponte/service-kit';
import { table } from '../table.js';
import { makeWorld, type World } from '../world/world.js';
import { cpuSecondsOf } from './cpu.js';
import { measureBacklog, type BacklogFigures } from './deals-backlog.js';
import { makeTarget } from './deals-workload.js';
import { measureEndToEnd, WARMING_UP, type EndToEndFigures } from './end-to-end-workload.js';
import { fill, settle } from './growth/fill.js';
import { appliedFilling } from './growth/fill-applied.js';
import { dealFillings, type Pipe } from './growth/fill-deals.js';
import { deliveryFilling } from './growth/fill-deliveries.js';
import { requestFilling } from './growth/fill-requests.js';
import { makeHistories } from './growth/grown-history.js';
import { measurePages, type PageFigures } from './growth/history-pages.js';
import { addIntegrations } from './growth/many-integrations.js';
import type { Bench, Measured, Workload } from './workload.js';

/** W6: what years of use do to W2, W4 and the pages of the histories. */
export const growthWorkload: Workload = { name: 'W6', is: 'growth, against the same on empty tables', measure };

const INTEGRATIONS = 1_000;
const PARTITION = 0;
const RATE = 200;
const TARGETS = { ratio: 1.25, pageMs: 50 };

/** With what a payload costs the services and Postgres: the ratio that a busy machine disturbs least. */
type Cost = EndToEndFigures & { readonly cpuMsPerPayload: number };

interface Growth {
  readonly empty: { readonly endToEnd: Cost; readonly backlog: BacklogFigures };
  readonly many: Cost;
  readonly grown: { readonly endToEnd: Cost; readonly backlog: BacklogFigures };
  readonly pages: readonly PageFigures[];
}

async function measure(bench: Bench): Promise<Measured> {
  const temporary = await bench.stack();
  const { sizes, say } = bench;
  // Each load has a workspace of its own, so that none finds what the one before it left.
  const [one, grown] = [await makeOne(bench), await makeOne(bench)];
  const [target, grownTarget] = [await makeTarget(bench, PARTITION), await makeTarget(bench, PARTITION)];
  const endToEnd = (world: World) => measureCost(bench, world);
  const backlog = (to: typeof target) => measureBacklog(temporary, [to], Math.round(sizes.records / 2));

  say('W6', 'W2 and W4 on empty tables');
  const empty = { endToEnd: await endToEnd(one), backlog: await backlog(target) };
  say('W6', `W2 with ${INTEGRATIONS.toLocaleString('en')} outbound integrations, of which a payload matches one`);
  await addIntegrations(temporary.stack, one, INTEGRATIONS - 1);
  const many = await endToEnd(one);
  const histories = await makeHistories(temporary.stack);
  const until = new Date();
  await grow(bench, histories, [...grown.workspaces, grownTarget.workspaceId], until);
  say('W6', 'pages of the histories');
  const middle = new Date(until.getTime() - 75 * 86_400_000);
  const pages = await measurePages(histories.histories, { rows: sizes.requests, middle });
  say('W6', 'W2 and W4 on grown tables');
  const growth: Growth = {
    empty,
    many,
    grown: { endToEnd: await endToEnd(grown), backlog: await backlog(grownTarget) },
    pages,
  };
  const { rows, text } = ratiosOf(growth);
  return { text: [text, pagesText(pages)].join('\n\n'), figures: { ...growth, ratios: rows, targets: TARGETS, sizes } };
}

async function measureCost(bench: Bench, { hookUrls }: World): Promise<Cost> {
  const { stack } = await bench.stack();
  const { seconds } = bench.sizes;
  const payloads = Math.round(bench.sizes.payloads / 2);
  const { result, seconds: used } = await cpuSecondsOf(stack, () =>
    measureEndToEnd(bench, 'W6', { hookUrls, rates: [RATE], seconds, payloads }),
  );
  return { ...result, cpuMsPerPayload: (1000 * (used ?? Number.NaN)) / (WARMING_UP + RATE * seconds + payloads) };
}

/** A workspace with one integration in and one out. */
async function makeOne(bench: Bench): Promise<World> {
  const { stack } = await bench.stack();
  return makeWorld(stack, await bench.receiver(), {
    workspaces: 1,
    mode: 'create_or_update',
    triggers: ['DealCreated'],
  });
}

/** Fills the three databases at once: there are two processors, and each filling uses one. */
async function grow(
  bench: Bench,
  { requests, deliveries, paused }: Awaited<ReturnType<typeof makeHistories>>,
  workspaceIds: readonly string[],
  until: Date,
): Promise<void> {
  const { say, sizes } = bench;
  const rig = await bench.stack();
  const urls = rig.stack.databaseUrls;
  const pipes = await pipesOf(urls.deals, workspaceIds);
  await Promise.all([
    fill(urls.ingress, [requestFilling(requests, sizes.requests, until)], say),
    fill(urls.dispatcher, [deliveryFilling(deliveries, paused, sizes.requests, until)], say),
    fill(
      urls.deals,
      [
        ...dealFillings(pipes, Math.ceil(sizes.deals / 2), sizes.deals, until),
        appliedFilling(requests, sizes.requests, until),
      ],
      say,
    ),
  ]);
  await settle(rig.superuserUrl('postgres'), say);
}

/** The origins of workspaces, each with as many deals as the others. */
async function pipesOf(url: string, workspaceIds: readonly string[]): Promise<Pipe[]> {
  const database = await connectDatabase({ url, poolSize: 1 });
  try {
    const origins = await database.query<{ workspaceId: string; originId: string; stageIds: [string, string] }>(
      `SELECT workspace_id AS "workspaceId", origin_id AS "originId", array_agg(id::text ORDER BY "order") AS "stageIds"
         FROM stages WHERE workspace_id = ANY ($1) GROUP BY workspace_id, origin_id`,
      [workspaceIds],
    );
    return origins.map((origin) => ({ ...origin, share: 1_000 / origins.length }));
  } finally {
    await database.close();
  }
}

interface Ratio {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  /** How many times worse: above 1 it got slower. */
  readonly ratio: number;
}

function ratiosOf({ empty, many, grown }: Growth): { rows: Ratio[]; text: string } {
  const endToEnd = (what: string, from: Cost, to: Cost): Ratio[] => [
    ...(['p50', 'p95'] as const).map((name) => {
      const [before, after] = [from, to].map(({ latencies }) => latencies[0]?.latencyMs[name] ?? Number.NaN);
      return ratioOf(`${what}, ${name} ms at ${String(RATE)}/s`, before, after, 'less');
    }),
    ratioOf(`${what}, delivered/s`, from.throughput.deliveredPerSecond, to.throughput.deliveredPerSecond, 'more'),
    ratioOf(`${what}, CPU ms a payload`, from.cpuMsPerPayload, to.cpuMsPerPayload, 'less'),
  ];
  const rows = [
    ...endToEnd('W2, grown', empty.endToEnd, grown.endToEnd),
    ratioOf('W4, grown, applied/s', empty.backlog.appliedPerSecond, grown.backlog.appliedPerSecond, 'more'),
    ...endToEnd(`W2, ${INTEGRATIONS.toLocaleString('en')} integrations`, empty.endToEnd, many),
  ];
  const text = table(
    ['', 'empty, one', 'then', 'times worse'],
    rows.map(({ what, before, after, ratio }) => [what, before.toFixed(1), after.toFixed(1), ratio.toFixed(2)]),
  );
  return { rows, text: `${text}\ntarget: at most ${String(TARGETS.ratio)} times` };
}

function ratioOf(what: string, before = Number.NaN, after = Number.NaN, better: 'less' | 'more'): Ratio {
  return { what, before, after, ratio: better === 'less' ? after / before : before / after };
}

function pagesText(pages: readonly PageFigures[]): string {
  const text = table(
    ['pages of the history', 'asked', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'slowest filter'],
    pages.map(({ service, pages: which, latencyMs, slowest }) => [
      ...[`${service}, ${which}`, latencyMs.count],
      ...[latencyMs.p50, latencyMs.p95, latencyMs.p99, latencyMs.max].map((ms) => ms.toFixed(1)),
      slowest,
    ]),
  );
  return `${text}\ntarget: p95 at most ${String(TARGETS.pageMs)} ms`;
}
