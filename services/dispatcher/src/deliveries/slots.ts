import type { Attempt } from './attempt.js';
import {
  allot,
  freeSlots,
  healthAfter,
  roomFor,
  type Allotment,
  type ConcurrencyLimits,
  type FreeSlots,
  type Load,
} from './concurrency.js';

/** An idle receiver's health is forgotten once so many are known; it then starts with a full limit again. */
const MAX_REMEMBERED = 1_000;

/**
 * The slots of this instance. Each delivery holds one from its claim until its result is recorded, which bounds what is
 * in memory; and one of its receiver's until the call is over.
 */
export class Slots {
  private readonly load = new Map<string, Load>();
  private calling = 0;
  private unrecorded = 0;

  constructor(private readonly limits: ConcurrencyLimits) {}

  /** Deliveries between claim and record. */
  get inFlight(): number {
    return this.calling + this.unrecorded;
  }

  /** Takes a slot if the integration may have one more call in flight. */
  take(integrationId: string): boolean {
    if (roomFor(this.load.get(integrationId), this.free(), this.limits) < 1) return false;
    this.add(integrationId, 1);
    return true;
  }

  /** Takes slots for a claim, divided fairly over the integrations. */
  takeFor(due: readonly string[]): readonly Allotment[] {
    const allotments = allot(due, this.load, this.free(), this.limits);
    for (const one of allotments) this.add(one.integrationId, one.count);
    return allotments;
  }

  /** Not used after all. */
  giveBack(integrationId: string, count = 1): void {
    this.add(integrationId, -count);
  }

  /** A call is over, and says something of its receiver. */
  called(integrationId: string, attempt: Attempt): void {
    const one = this.loadOf(integrationId);
    this.load.set(integrationId, { ...one, health: healthAfter(one.health, attempt, this.limits) });
    this.add(integrationId, -1);
    this.unrecorded += 1;
  }

  /** The result of a call is recorded. */
  recorded(): void {
    this.unrecorded -= 1;
  }

  private free(): FreeSlots {
    return freeSlots(this.load, this.unrecorded, this.limits);
  }

  private add(integrationId: string, count: number): void {
    const one = this.loadOf(integrationId);
    const inFlight = one.inFlight + count;
    this.calling += count;
    const healthy = one.health.limit === this.limits.perIntegration;
    if (inFlight === 0 && (healthy || this.load.size > MAX_REMEMBERED)) this.load.delete(integrationId);
    else this.load.set(integrationId, { ...one, inFlight });
  }

  private loadOf(integrationId: string): Load {
    return this.load.get(integrationId) ?? { inFlight: 0, health: { limit: this.limits.perIntegration } };
  }
}
