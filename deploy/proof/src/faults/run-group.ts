import type { IncomingRecord } from '@ponte/kafka';
import type { Finding } from '../audit/findings.js';
import { Observer } from '../audit/observer.js';
import { verifyProjections } from '../audit/verify-projections.js';
import { startBalancer } from '../load/balancer.js';
import { makeFaultWorld } from '../world/fault-world.js';
import { startReceivers } from '../world/receivers.js';
import { startRig } from '../world/rig.js';
import type { Ground } from './ground.js';
import {
  projectionsAfter,
  runScenario,
  type LoadOptions,
  type Projections,
  type ScenarioResult,
} from './run-scenario.js';
import { FOREIGN_HEADER, type Group, type Scenario } from './scenario.js';
import { Stopwatch, type Took } from './stopwatch.js';

/** What became of a scenario: its result, or why there is none. */
export type Entry =
  | { readonly kind: 'ran'; readonly group: string; readonly result: ScenarioResult }
  | Broken
  | { readonly kind: 'skipped'; readonly group: string; readonly scenario: string; readonly reason: string };

/** A scenario that threw. Those that ran on its installation before wait for a comparison, which it comes to here. */
export interface Broken {
  readonly kind: 'broke';
  readonly group: string;
  readonly scenario: string;
  readonly reason: string;
  /** Null where there was no installation yet. */
  readonly projections: Projections | null;
  readonly findings: readonly Finding[];
}

export type Say = (part: string, line: string) => void;

const isForeign = ({ headers }: IncomingRecord) => headers[FOREIGN_HEADER] !== undefined;

/** An installation that a group runs on, with what is its own to end. */
export interface Closable {
  close(keep: boolean): Promise<void>;
}

export interface PreparedGround extends Ground, Closable {}

/** Starts a group's installation and makes the world that its scenarios share. */
export async function prepareGround(group: Group, say: Say): Promise<PreparedGround> {
  const rig = await startRig(group.shape, say);
  const receivers = await startReceivers(group.receivers ?? 'well', rig.folder);
  try {
    say(group.name, 'making the workspaces and their integrations');
    const world = await makeFaultWorld(rig.stack, receivers.destinations);
    const balancer = group.balanced === true ? await startBalancer(rig.hookBases) : null;
    const observer = new Observer(rig.kafka, rig.databaseUrls, isForeign);
    const close = async (keep: boolean): Promise<void> => {
      await balancer?.close();
      await receivers.close();
      await rig.stop(keep);
    };
    return { rig, world, receivers, observer, balancer, close };
  } catch (error) {
    await receivers.close();
    await rig.stop();
    throw error;
  }
}

/** The parts of running a group that depend on what it runs on. */
export interface Doing<On extends Closable> {
  prepare(group: Group, say: Say): Promise<On>;
  /** See `runScenario`. */
  run(
    scenario: Scenario,
    ground: On,
    load: LoadOptions,
    rebuilds: boolean,
    say: (line: string) => void,
  ): Promise<ScenarioResult>;
  /** Whether the projections are what a rebuild makes of them, whatever state the installation is in. */
  compare(group: Group, ground: On): Promise<Finding[]>;
}

export const onWholePonte: Doing<PreparedGround> = { prepare: prepareGround, run: runScenario, compare: compareBroken };

/**
 * Runs scenarios of a group, one after the other, on one installation. After one that found something, or broke, the
 * next begin on a fresh one.
 *
 * @returns what starting and stopping took
 */
export async function runGroup<On extends Closable>(
  group: Group,
  chosen: readonly { scenario: Scenario; load: LoadOptions }[],
  say: Say,
  onEntry: (entry: Entry) => void,
  doing: Doing<On>,
): Promise<Took> {
  const watch = new Stopwatch();
  const reason = group.cannotRun?.() ?? null;
  let ground: On | null = null;
  for (const [index, { scenario, load }] of chosen.entries()) {
    if (reason !== null) {
      onEntry({ kind: 'skipped', group: group.name, scenario: scenario.name, reason });
      continue;
    }
    let isSound = false;
    try {
      ground ??= await doing.prepare(group, say);
      watch.lap('start');
      const isLast = index === chosen.length - 1;
      const result = await doing.run(scenario, ground, load, isLast, (line) => {
        say(scenario.name, line);
      });
      isSound = result.audit.findings.length === 0;
      onEntry({ kind: 'ran', group: group.name, result });
    } catch (error) {
      const broke = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const findings = ground === null ? [] : await doing.compare(group, ground);
      const projections = ground === null ? null : projectionsAfter(findings);
      onEntry({ kind: 'broke', group: group.name, scenario: scenario.name, reason: broke, projections, findings });
    }
    watch.lap('scenarios');
    if (isSound) continue;
    await ground?.close(true);
    watch.lap('stop');
    ground = null;
  }
  await ground?.close(false);
  watch.lap('stop');
  return watch.took();
}

/** A rebuild needs the log alone: only Postgres, and the way to it, must be there again. */
async function compareBroken({ shape }: Group, { rig }: PreparedGround): Promise<Finding[]> {
  try {
    if (shape.links) rig.link('deals', 'postgres').set({ kind: 'up' });
    for (const server of rig.postgresServers()) {
      server.resume();
      await server.start();
    }
  } catch (error) {
    return [{ kind: 'not_compared', ids: [String(error)], traces: [] }];
  }
  return verifyProjections(rig.stack);
}
