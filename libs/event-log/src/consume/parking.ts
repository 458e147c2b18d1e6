import type { Step } from './plan.js';

/** What of a step's records is applied, and what has to wait behind a dead letter. */
export interface Parted {
  readonly go: readonly Step[];
  readonly park: readonly Step[];
}

/**
 * Parks what follows something parked: a record waits when one of its keys is blocked in its partition, and then all of
 * its keys are. Records of one partition are in order.
 *
 * @param blocked partition → keys that unresolved dead letters have
 */
export function partBlocked(
  steps: readonly Step[],
  blocked: ReadonlyMap<number, ReadonlySet<string>>,
  keysOf: (step: Step) => readonly string[],
): Parted {
  const now = new Map([...blocked].map(([partition, keys]) => [partition, new Set(keys)]));
  const go: Step[] = [];
  const park: Step[] = [];
  for (const step of steps) {
    const keys = now.get(step.record.partition);
    // What nobody here applies has nothing to wait for.
    if (keys === undefined || step.action === 'pass') {
      go.push(step);
      continue;
    }
    const own = keysOf(step);
    if (own.some((key) => keys.has(key))) {
      park.push(step);
      for (const key of own) keys.add(key);
    } else go.push(step);
  }
  return { go, park };
}
