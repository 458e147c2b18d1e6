import { requireAllApplied, requireNoneSkipped } from './invariants.js';
import { beginAppend } from './producer.js';
import type { Rules } from './rules.js';
import { fairSteps, leaseOfNobodyRunsOut, tryStep } from './steps.js';
import { repairAll } from './way-out.js';
import { newWorld, partitions, Violation, type World } from './world.js';

/** What is tried, one after the other. What can't be done at its time is left out. */
export interface Schedule {
  /** Which kinds of mishaps there are, a bit each. Few kinds at a time reach further than all of them at once. */
  readonly kinds: number;
  /** Places in the menu of steps. */
  readonly steps: readonly number[];
}

/** More passes over all steps than anything that comes to rest takes. */
const MOST_PASSES = 400;

/**
 * Starts everything, runs a schedule, then all that happens by itself, and looks whether the invariants hold on the way
 * and at the end.
 *
 * @returns what is wrong, or null
 */
export function violationOf(schedule: Schedule, rules: Rules, tell?: (line: string) => void): string | null {
  const world = newWorld(rules, tell);
  try {
    world.tell = undefined;
    comeToRest(world);
    world.tell = tell;
    for (const place of schedule.steps) tryStep(world, schedule.kinds, place);
    tell?.('-- from here on nothing fails any more --');
    comeToRest(world);
    requireNoneSkipped(world);
    if (world.shownByNext) sayMore(world);
    requireAllApplied(world);
    world.tell?.('-- an operator repairs whatever is stopped --');
    repairAll(world, comeToRest);
    if (world.shownByNext) {
      sayMore(world);
      repairAll(world, comeToRest);
    }
    requireAllApplied(world);
    return null;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    throw error;
  }
}

/** More records than a schedule is likely to lose at the end of a topic. */
const MOST_LOST = 6;

/** Every step that can be done is done, in turn, until none can. */
function comeToRest(world: World): void {
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    let moved = false;
    for (const step of fairSteps) moved = step(world) || moved;
    if (!moved && !leaseOfNobodyRunsOut(world)) return;
  }
  throw new Violation('it never comes to rest');
}

/** A topic that lost its end has new records where the consumer does not look, until there are more than were lost. */
function sayMore(world: World): void {
  const [process] = world.processes;
  if (process === undefined) return;
  const { tell } = world;
  tell?.(`-- ${String(MOST_LOST)} more records are said in each partition --`);
  world.tell = undefined;
  for (let n = 0; n < MOST_LOST; n++) {
    for (const partition of partitions) if (beginAppend(world, process, partition, 1)) comeToRest(world);
    requireNoneSkipped(world);
  }
  world.tell = tell;
}

/** A story that goes on for ever is told up to here. */
const MOST_LINES = 60;

/** The numbered lines of what a schedule does, and what is wrong at its end. */
export function storyOf(schedule: Schedule, rules: Rules): string[] {
  const lines: string[] = [];
  const violation = violationOf(schedule, rules, (line) => lines.push(line));
  const told = lines.slice(0, MOST_LINES).map((line, at) => `${String(at + 1).padStart(4)}  ${line}`);
  const more =
    lines.length > MOST_LINES ? [`      … and so on, for ${String(lines.length - MOST_LINES)} more steps`] : [];
  return [...told, ...more, `      => ${violation ?? 'all is well'}`];
}
