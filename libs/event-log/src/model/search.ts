import fc from 'fast-check';
import { ALL_KINDS, bitsOf, type Mishap } from './kinds.js';
import type { Rules } from './rules.js';
import { violationOf, type Schedule } from './run-schedule.js';
import { MENU_SIZE } from './steps.js';

const MOST_STEPS = 250;

/** Swarms, as Groce et al., "Swarm Testing" (ISSTA 2012), have them: each schedule has some of the kinds. */
function schedules(kinds: fc.Arbitrary<number>): fc.Arbitrary<Schedule> {
  const steps = fc.array(fc.nat(MENU_SIZE - 1), { maxLength: MOST_STEPS, size: 'max' });
  return fc.noBias(fc.record({ kinds, steps }));
}

export interface Found {
  /** Schedules that were tried, this one included. */
  readonly after: number;
  readonly schedule: Schedule;
  readonly violation: string;
}

/**
 * Tries so many schedules; the first one that violates an invariant is shrunk.
 *
 * @param kinds the mishaps of each; left out: another choice in each
 */
export function search(rules: Rules, seed: number, numRuns: number, kinds?: readonly Mishap[]): Found | null {
  const arbitrary = schedules(kinds === undefined ? fc.nat(ALL_KINDS) : fc.constant(bitsOf(kinds)));
  const holds = fc.property(arbitrary, (schedule) => violationOf(schedule, rules) === null);
  const result = fc.check(holds, { seed, numRuns });
  if (!result.failed) return null;
  const [schedule] = result.counterexample ?? [{ kinds: 0, steps: [] }];
  return { after: result.numRuns, schedule, violation: violationOf(schedule, rules) ?? 'it came to an end otherwise' };
}
