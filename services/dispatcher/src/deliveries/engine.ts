import type { Database } from '@ponte/service-kit';
import type { Attempt } from './attempt.js';
import { ClaimLoop } from './claim-loop.js';
import type { ConcurrencyLimits } from './concurrency.js';
import type { ClaimedDelivery, DeliveryId, InstanceId } from './delivery.js';
import { releaseInstances, releaseUncoveredClaims, type InstanceLease } from './instance-lease.js';
import { LanesInFlight } from './lanes-in-flight.js';
import type { Lane } from './lanes.js';
import { nextStep } from './next-step.js';
import { Recorder } from './recorder.js';
import type { DeliveryResult, OutcomeLog } from './results.js';
import type { RetrySchedule } from './retry-schedule.js';
import { Slots } from './slots.js';

/** What the engine says of what it does, for logs and metrics. */
export interface EngineObserver {
  /** An attempt was made and its result stands (or, `wasOurs: false`, belongs to nobody any more). */
  recorded(result: DeliveryResult, wasOurs: boolean): void;
  /** A claim was dropped unsent, as the lease no longer covered it. */
  dropped(delivery: ClaimedDelivery): void;
  /** Something failed that will be tried again. */
  troubled(what: 'claim' | 'record' | 'lease', error: unknown): void;
}

export interface EngineOptions {
  readonly database: Database;
  readonly lease: InstanceLease;
  readonly log: OutcomeLog;
  readonly call: (delivery: ClaimedDelivery) => Promise<Attempt>;
  readonly schedule: RetrySchedule;
  readonly limits: ConcurrencyLimits;
  readonly observer: EngineObserver;
  /** Asked before each claim (default: always). */
  readonly mayClaim?: () => boolean;
  /** How often the table is asked for what is due (default 500 ms). */
  readonly pollMs?: number;
  /** How long calls in flight may take to end on shutdown (default 20,000 ms). */
  readonly drainMs?: number;
}

const EXPIRY_CHECK_MS = 1_000;

/**
 * Sends what is due. Every delivery goes the same way: claimed in the table (by the claim loop, or by the consumer that
 * inserted it) → called, if the lease still covers the claim → recorded. It holds a slot all the way.
 */
export class DeliveryEngine {
  private readonly slots: Slots;
  private readonly claims: ClaimLoop;
  private readonly recorder: Recorder;
  private readonly known = new Set<DeliveryId>();
  private readonly calls = new Set<Promise<void>>();
  private readonly lanes = new LanesInFlight();
  private expiryCheck: NodeJS.Timeout | undefined;
  private accepting = false;

  constructor(private readonly options: EngineOptions) {
    const { database, observer, lease } = options;
    this.slots = new Slots(options.limits);
    this.claims = new ClaimLoop({
      database,
      lease,
      slots: this.slots,
      pollMs: options.pollMs ?? 500,
      mayClaim: options.mayClaim ?? (() => true),
      onClaimed: (delivery) => {
        this.claimed(delivery);
      },
      known: () => [...this.known],
      onError: (error) => {
        observer.troubled('claim', error);
      },
    });
    this.recorder = new Recorder({
      database,
      log: options.log,
      onRecorded: (result, wasOurs) => {
        this.known.delete(result.delivery.id);
        this.lanes.end(result.delivery);
        this.slots.recorded();
        this.claims.slotFreed(result.delivery.integrationId);
        if (!wasOurs) this.claims.claimUncertain();
        observer.recorded(result, wasOurs);
      },
      onReleased: (delivery) => {
        this.lanes.end(delivery);
        this.forget(delivery);
      },
      onDue: (integrationIds) => {
        this.claims.wake(integrationIds);
      },
      onError: (error) => {
        observer.troubled('record', error);
      },
    });
  }

  /** Calls that are being made or recorded. */
  get inFlight(): number {
    return this.slots.inFlight;
  }

  async start(): Promise<void> {
    await this.options.lease.start();
    await releaseUncoveredClaims(this.options.database);
    this.recorder.start();
    this.claims.start();
    this.accepting = true;
    this.expiryCheck = setInterval(() => {
      releaseInstances(this.options.database, 'expired').catch((error: unknown) => {
        this.options.observer.troubled('lease', error);
      });
    }, EXPIRY_CHECK_MS);
  }

  /** Claims nothing more, lets calls in flight end, records them, and gives up whatever is left. */
  async stop(): Promise<void> {
    this.accepting = false;
    clearInterval(this.expiryCheck);
    await this.claims.stop();
    let timer: NodeJS.Timeout | undefined;
    const drainMs = this.options.drainMs ?? 20_000;
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, drainMs)));
    await Promise.race([Promise.all(this.calls), deadline]);
    clearTimeout(timer);
    await this.recorder.stop();
    await this.options.lease.stop().catch((error: unknown) => {
      this.options.observer.troubled('lease', error);
    });
  }

  /** Deliveries of these lanes were inserted that are to be claimed, now or after the one before them. */
  queued(lanes: readonly Lane[]): void {
    if (this.lanes.queued(lanes)) this.recorder.hurry();
    this.wake(lanes.map((lane) => lane.integrationId));
  }

  /** Something of these integrations came due. */
  wake(integrationIds: Iterable<string>): void {
    this.claims.wake(integrationIds);
  }

  /** The lease under which an inserter may claim; null while nothing may be claimed. */
  claimer(): InstanceId | null {
    return this.accepting ? this.options.lease.current() : null;
  }

  /**
   * Takes a slot for a delivery that is about to be inserted already claimed. Not while older ones of its integration
   * wait for a slot. Each slot taken is ended by `begin` or `abandon`.
   */
  reserve(delivery: DeliveryId, integrationId: string): boolean {
    if (!this.accepting || this.claims.hasBacklog(integrationId)) return false;
    if (this.known.has(delivery) || !this.slots.take(integrationId)) return false;
    this.known.add(delivery);
    return true;
  }

  /** Sends a delivery whose claim is committed. */
  begin(delivery: ClaimedDelivery): void {
    this.send(delivery, false);
  }

  /** Gives a reserved slot back. `uncertain`: the claim may have been committed all the same. */
  abandon(delivery: Pick<ClaimedDelivery, 'id' | 'integrationId'>, uncertain: boolean): void {
    this.forget(delivery);
    if (uncertain) this.claims.claimUncertain();
  }

  /**
   * A claim of a delivery that is being called already: its lease was lost meanwhile and it was claimed anew. One call at
   * a time: when that one's result turns out not to be recorded, the claim is found to be forgotten and made again.
   */
  private claimed(delivery: ClaimedDelivery): void {
    if (this.known.has(delivery.id)) {
      this.slots.giveBack(delivery.integrationId);
      return;
    }
    this.known.add(delivery.id);
    this.send(delivery, true);
  }

  /** @param wasWaiting whether it was not sent at once: then another one of its lane may be waiting, too */
  private send(delivery: ClaimedDelivery, wasWaiting: boolean): void {
    this.lanes.begin(delivery, wasWaiting);
    const call = this.callAndRecord(delivery).finally(() => this.calls.delete(call));
    this.calls.add(call);
  }

  private async callAndRecord(delivery: ClaimedDelivery): Promise<void> {
    if (!this.options.lease.covers(delivery.claimedBy)) {
      this.options.observer.dropped(delivery);
      this.recorder.release(delivery);
      return;
    }
    const attempt = await this.options.call(delivery);
    this.slots.called(delivery.integrationId, attempt);
    this.claims.slotFreed(delivery.integrationId);
    const number = delivery.attempts + 1;
    const next = nextStep(attempt.outcome, number, this.options.schedule, new Date(), Math.random());
    this.recorder.add({ delivery, attempt, next }, this.lanes.isAwaited(delivery));
  }

  /** A claim that no call was made for. */
  private forget(delivery: Pick<ClaimedDelivery, 'id' | 'integrationId'>): void {
    this.known.delete(delivery.id);
    this.slots.giveBack(delivery.integrationId);
    this.claims.slotFreed(delivery.integrationId);
  }
}
