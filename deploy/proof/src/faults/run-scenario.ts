import { hash } from 'node:crypto';
import { v5 } from 'uuid';
import { countKinds, type Audit } from '../audit/audit.js';
import type { Facts, Posted, Refusal } from '../audit/facts.js';
import type { Finding } from '../audit/findings.js';
import type { Observed } from '../audit/observer.js';
import { settleAndAudit } from '../audit/settle.js';
import { verifyProjections } from '../audit/verify-projections.js';
import { planLoad } from '../load/plan.js';
import { runOpenLoop, type Sent } from '../load/send.js';
import { Tallying, type Tally } from '../load/tally.js';
import type { Ground } from './ground.js';
import type { Scenario } from './scenario.js';
import { Stage } from './stage.js';
import { Stopwatch, type Took } from './stopwatch.js';
import { describeHealth, hooksAway, watchHealth } from './watch-health.js';

export interface LoadOptions {
  readonly seed: number;
  readonly perSecond: number;
  readonly seconds: number;
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly seed: number;
  readonly sent: number;
  readonly sentAgain: number;
  /** How late the sender itself was at worst: beyond some hundred ms the machine has no room for the load. */
  readonly lateMs: number;
  readonly tally: Tally;
  readonly audit: Audit;
  readonly projections: Projections;
  /** From the end of the load or of the fault, whichever was later, until nothing was missing any more. */
  readonly caughtUpSeconds: number;
  /** How long the hooks were not ready: of the instance that was so longest. */
  readonly hooksAwaySeconds: number;
  /** What readiness and status said meanwhile. */
  readonly health: readonly string[];
  /** What was done, with the second of the load in which it began. */
  readonly done: readonly string[];
  readonly took: Took;
}

/**
 * Whether the projections are what a rebuild makes of the log; `with_next`: compared after a later scenario of the same
 * installation, or when that one broke; `not_compared`: the rebuild came to no result.
 */
export type Projections = 'equal' | 'differ' | 'with_next' | 'not_compared';

/** What a comparison's findings say. */
export function projectionsAfter([finding]: readonly Finding[]): Projections {
  if (finding === undefined) return 'equal';
  return finding.kind === 'not_compared' ? 'not_compared' : 'differ';
}

const REPEATED = 0.06;
const GIVE_UP_AFTER_MS = 180_000;
const QUIET_MS = 45_000;

/** UUIDv5 of (integration, event), as the API documents it: computed here anew. */
const deliveryIdOf = (integrationId: string, eventId: string) => v5(eventId, integrationId);

/** The first 128 bits of SHA-256, as the event's schema says it. */
const bytesHashOf = (body: string) => hash('sha256', body, 'hex').slice(0, 32);

/**
 * Loads the world, does the bad thing meanwhile, waits for quiet, and audits.
 *
 * @param rebuilds whether projections are compared with a rebuild where nothing else was found. A rebuild grows with the
 *   log, and one is enough for all scenarios of an installation: each has people of its own, so a row that one left wrong
 *   stays wrong
 */
export async function runScenario(
  scenario: Scenario,
  ground: Ground,
  load: LoadOptions,
  rebuilds: boolean,
  say: (line: string) => void,
): Promise<ScenarioResult> {
  const { rig, receivers, observer } = ground;
  const watch = new Stopwatch();
  await observer.begin();
  receivers.forget();
  const stage = new Stage(ground, load.seconds * 1000, say);
  await scenario.before?.(stage.scene());
  watch.lap('before');
  const health = watchHealth(rig);
  try {
    const loaded = await loadAndInject(scenario, ground, load, stage, say);
    const { sent, tally } = loaded;
    watch.lap('load and fault');
    const endedMs = Date.now();
    const facts = factsOf(scenario, ground, loaded, stage);
    const quietMs = scenario.quietMs ?? QUIET_MS;
    const settled = await settleAndAudit({ observer, facts, deliveryIdOf, quietMs, onProgress: everyFifth(say) });
    watch.lap('catch up and audit');
    const watched = await health.stop();
    const judged = scenario.judge?.({ tally, disturbances: stage.disturbances }) ?? [];
    const found = [...judged, ...stage.found, ...neverTaken(sent)];
    const isCompared = rebuilds || found.length + settled.result.findings.length > 0;
    const differing = isCompared ? await verifyProjections(rig.stack) : [];
    watch.lap('rebuild');
    return {
      scenario: scenario.name,
      seed: load.seed,
      sent: sent.length,
      sentAgain: sent.filter((one) => one.tries > 1).length,
      lateMs: sent.reduce((latest, one) => Math.max(latest, Math.round(one.sentAtMs - one.intendedAtMs)), 0),
      tally,
      audit: withFindings(settled.result, [...found, ...differing]),
      projections: isCompared ? projectionsAfter(differing) : 'with_next',
      caughtUpSeconds: Math.max(0, (settled.settledAtMs - endedMs) / 1000),
      hooksAwaySeconds: hooksAway(watched),
      health: describeHealth(watched),
      done: stage.done,
      took: watch.took(),
    };
  } finally {
    await health.stop();
  }
}

interface Loaded {
  readonly sent: readonly Sent[];
  readonly tally: Tally;
  readonly refused: readonly Refusal[];
}

/** What sender, harness and receivers know; calls may still arrive. */
function factsOf(
  { refusesNothing = false }: Scenario,
  { world, receivers }: Ground,
  { sent, refused }: Loaded,
  { disturbances, saidLost }: Stage,
): () => Omit<Facts, keyof Observed> {
  const posted = sent.flatMap(toPosted);
  const known = { posted, refused: refusesNothing ? refused : [], disturbances, saidLost, outbound: world.outbound };
  return () => ({ ...known, calls: receivers.calls() });
}

/** Without a 200 nothing is promised, and so nothing lost; but three minutes after the fault each should have one. */
function neverTaken(sent: readonly Sent[]): Finding[] {
  const deliveryIds = sent.filter(({ requestId }) => requestId === null).map(({ payload }) => payload.deliveryId);
  return deliveryIds.map((id) => ({ kind: 'answered_wrongly', ids: [id, 'never got a 200'], traces: [] }));
}

/** Both at once. When the scenario breaks, the load ends too. */
async function loadAndInject(
  scenario: Scenario,
  { world, receivers, balancer }: Ground,
  load: LoadOptions,
  stage: Stage,
  say: (line: string) => void,
): Promise<Loaded> {
  const plan = planLoad({ ...load, targets: world.targets, people: load.perSecond * 3, repeated: REPEATED });
  const [tally, refused, broke] = [new Tallying(), [] as Refusal[], new AbortController()];
  say(`${String(plan.length)} posts at ${String(load.perSecond)}/s to ${String(world.hookUrls.length)} integrations`);
  const loading = runOpenLoop(plan, {
    urls: world.hookUrls,
    giveUpAfterMs: GIVE_UP_AFTER_MS,
    tally,
    signal: broke.signal,
    ...(balancer === null ? {} : { balancer }),
    onRefused: ({ deliveryId }, { status }) => refused.push({ deliveryId, status }),
    onProgress: everyFifth(({ sent, acknowledged }) => {
      const arrived = String(receivers.calls().length);
      say(`${String(acknowledged)} acknowledged of ${String(sent)} sent, ${arrived} calls arrived`);
    }),
  });
  try {
    await scenario.inject(stage.start(loading));
  } catch (error) {
    broke.abort();
    await loading;
    throw error;
  }
  return { sent: await loading, tally: tally.result(), refused };
}

function toPosted({ payload, requestId, sentAtMs, acknowledgedAtMs }: Sent): Posted[] {
  if (requestId === null || acknowledgedAtMs === null) return [];
  const { deliveryId, body } = payload;
  return [{ deliveryId, bytesHash: bytesHashOf(body), requestId, sentAtMs, acknowledgedAtMs }];
}

function withFindings(result: Audit, more: readonly Audit['findings'][number][]): Audit {
  const findings = [...result.findings, ...more];
  return { ...result, findings, counts: countKinds(findings) };
}

function everyFifth<Value>(tell: (value: Value) => void): (value: Value) => void {
  let count = 0;
  return (value) => {
    count += 1;
    if (count % 5 === 0) tell(value);
  };
}
