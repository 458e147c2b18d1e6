import type { Attempt } from './attempt.js';

/**
 * How many calls to one receiver may be in flight. It halves when calls go unanswered and grows by one with each prompt
 * answer, between 1 and the ceiling: a receiver that hangs soon holds one slot, not all of them.
 */
export interface ReceiverHealth {
  readonly limit: number;
}

export interface ConcurrencyLimits {
  /** Calls in flight in this instance. */
  readonly total: number;
  /** Calls in flight to one receiver. */
  readonly perIntegration: number;
}

/** An answer that took longer is one that others should not have to wait for. */
const SLOW_MS = 3_000;

/** What one attempt says of its receiver: silence lowers the limit down to 1, slowness to a quarter of the ceiling. */
export function healthAfter(
  health: ReceiverHealth,
  attempt: Pick<Attempt, 'outcome' | 'durationMs'>,
  limits: ConcurrencyLimits,
): ReceiverHealth {
  const half = Math.max(1, Math.floor(health.limit / 2));
  if (attempt.outcome.kind === 'unanswered') return { limit: half };
  if (attempt.durationMs > SLOW_MS) {
    return { limit: Math.max(half, Math.min(health.limit, Math.ceil(limits.perIntegration / 4))) };
  }
  return { limit: Math.min(limits.perIntegration, health.limit + 1) };
}

/** What an integration has in flight, and how its receiver does. */
export interface Load {
  readonly inFlight: number;
  readonly health: ReceiverHealth;
}

/** The slots of an instance that are free. */
export interface FreeSlots {
  readonly all: number;
  /** Receivers in trouble may together hold no more than half of all slots: so the healthy always get theirs. */
  readonly troubled: number;
}

const TROUBLED_SHARE = 0.5;

/** @param unrecorded deliveries whose call is over and whose result isn't recorded yet */
export function freeSlots(load: ReadonlyMap<string, Load>, unrecorded: number, limits: ConcurrencyLimits): FreeSlots {
  let all = limits.total - unrecorded;
  let troubled = Math.max(1, Math.floor(limits.total * TROUBLED_SHARE));
  for (const one of load.values()) {
    all -= one.inFlight;
    if (isTroubled(one.health, limits)) troubled -= one.inFlight;
  }
  return { all, troubled };
}

/** How many more calls an integration may have in flight. */
export function roomFor(load: Load | undefined, free: FreeSlots, limits: ConcurrencyLimits): number {
  const health = load?.health ?? { limit: limits.perIntegration };
  const room = health.limit - (load?.inFlight ?? 0);
  return Math.max(0, Math.min(room, free.all, isTroubled(health, limits) ? free.troubled : free.all));
}

/** Its limit was halved at least once. A ceiling of 1 leaves nothing to lower: then nobody is in trouble. */
export function isTroubled(health: ReceiverHealth, limits: ConcurrencyLimits): boolean {
  return health.limit <= Math.floor(limits.perIntegration / 2);
}

/** What a claim may ask for, of one integration. */
export interface Allotment {
  readonly integrationId: string;
  readonly count: number;
}

/**
 * Divides the free slots among the integrations that have something due: evenly, as none should wait for another. What
 * one has no room for goes to the next.
 *
 * @param due integrations with something due, in the order in which they are served
 * @param load what each has in flight; an integration that it doesn't know has nothing
 * @param slots the free ones
 */
export function allot(
  due: readonly string[],
  load: ReadonlyMap<string, Load>,
  slots: FreeSlots,
  limits: ConcurrencyLimits,
): readonly Allotment[] {
  let free = slots;
  const allotments: Allotment[] = [];
  for (const [index, integrationId] of due.entries()) {
    const one = load.get(integrationId);
    const fairShare = Math.ceil(free.all / (due.length - index));
    const count = Math.min(roomFor(one, free, limits), fairShare);
    if (count <= 0) continue;
    const troubled = one !== undefined && isTroubled(one.health, limits);
    free = { all: free.all - count, troubled: free.troubled - (troubled ? count : 0) };
    allotments.push({ integrationId, count });
  }
  return allotments;
}
