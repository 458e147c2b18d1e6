import type { Attempt } from './attempt.js';
import {
  allot,
  freeSlots,
  healthAfter,
  roomFor,
  type Allotment,
  type ConcurrencyLimits,
  type Load,
} from './concurrency.js';

/** An idle receiver's health is forgotten once so many are known; it then starts with a full limit again. */
const MAX_REMEMBERED = 10_000;

/**
 * The slots of this instance: each delivery from its claim until its result is recorded holds one, which bounds what is
 * in memory.
 */
export class Slots {
  private readonly load = new Map<string, Load>();
  private taken = 0;

  constructor(private readonly limits: ConcurrencyLimits) {}

  get inFlight(): number {
    return this.taken;
  }

  /** Takes a slot if the integration may have one more call in flight. */
  take(integrationId: string): boolean {
    if (roomFor(this.load.get(integrationId), freeSlots(this.load, this.limits), this.limits) < 1) return false;
    this.add(integrationId, 1);
    return true;
  }

  /** Takes slots for a claim, divided fairly over the integrations. */
  takeFor(due: readonly string[]): readonly Allotment[] {
    const allotments = allot(due, this.load, this.limits);
    for (const one of allotments) this.add(one.integrationId, one.count);
    return allotments;
  }

  giveBack(integrationId: string, count = 1): void {
    this.add(integrationId, -count);
  }

  /** What an attempt says of its receiver. */
  learn(integrationId: string, attempt: Attempt): void {
    const one = this.loadOf(integrationId);
    this.load.set(integrationId, { ...one, health: healthAfter(one.health, attempt, this.limits) });
  }

  private add(integrationId: string, count: number): void {
    const one = this.loadOf(integrationId);
    const inFlight = one.inFlight + count;
    this.taken += count;
    const healthy = one.health.limit === this.limits.perIntegration;
    if (inFlight === 0 && (healthy || this.load.size > MAX_REMEMBERED)) this.load.delete(integrationId);
    else this.load.set(integrationId, { ...one, inFlight });
  }

  private loadOf(integrationId: string): Load {
    return this.load.get(integrationId) ?? { inFlight: 0, health: { limit: this.limits.perIntegration } };
  }
}
