import { setTimeout as sleep } from 'node:timers/promises';
import { Wake, type Database } from '@ponte/service-kit';
import type { Allotment } from './concurrency.js';
import { claimDue, findDueIntegrations, releaseForgotten } from './claims.js';
import type { ClaimedDelivery, DeliveryId, InstanceId } from './delivery.js';
import type { InstanceLease } from './instance-lease.js';
import { discardWaiting } from './lanes.js';
import type { Slots } from './slots.js';

export interface ClaimLoopOptions {
  readonly database: Database;
  readonly lease: InstanceLease;
  readonly slots: Slots;
  readonly pollMs: number;
  /** Whether this database is known to be the latest: an old one would have finished deliveries called again. */
  readonly mayClaim: () => boolean;
  readonly onClaimed: (delivery: ClaimedDelivery) => void;
  /** Every delivery that this instance knows to be claimed by it, or is about to claim. */
  readonly known: () => readonly DeliveryId[];
  readonly onError: (error: unknown) => void;
}

const RETRY_AFTER_ERROR_MS = 500;

/**
 * Claims what is due: at once where it is woken for an integration, and by a poll for everything else (retries that
 * came due, what other instances left behind). The table is the queue; a wake only says where to look first.
 */
export class ClaimLoop {
  private readonly round = new Wake();
  private readonly woken = new Set<string>();
  /** Integrations that had more due than was claimed: a slot that becomes free goes to them without a poll. */
  private readonly backlogged = new Set<string>();
  private polledAt = -Infinity;
  private mayHaveForgotten = false;
  private rotation = 0;
  private running: Promise<void> | null = null;
  private stopping = false;

  constructor(private readonly options: ClaimLoopOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.round.wake();
    await this.running;
  }

  /** Something of these integrations is due. */
  wake(integrationIds: Iterable<string>): void {
    for (const id of integrationIds) this.woken.add(id);
    if (this.woken.size > 0) this.round.wake();
  }

  /** The answer to a claim was lost: it may have been made, without anyone here knowing of it. */
  claimUncertain(): void {
    this.mayHaveForgotten = true;
    this.round.wake();
  }

  /** A slot became free. */
  slotFreed(integrationId: string): void {
    if (this.backlogged.has(integrationId)) this.wake([integrationId]);
    else if (this.backlogged.size > 0) this.wake(this.backlogged);
  }

  /** Whether older deliveries of an integration are waiting: then a new one may not go first. */
  hasBacklog(integrationId: string): boolean {
    return this.backlogged.has(integrationId);
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.claimOnce();
      } catch (error) {
        this.options.onError(error);
        await sleep(RETRY_AFTER_ERROR_MS);
      }
      const untilPoll = this.polledAt + this.options.pollMs - performance.now();
      await this.round.sleep(Math.max(1, untilPoll));
    }
  }

  private async claimOnce(): Promise<void> {
    const claimedBy = this.options.lease.current();
    if (claimedBy === null || !this.options.mayClaim()) return;
    if (this.mayHaveForgotten) {
      await releaseForgotten(this.options.database, claimedBy, this.options.known());
      this.mayHaveForgotten = false;
    }
    const woken = [...this.woken];
    this.woken.clear();
    const polls = performance.now() >= this.polledAt + this.options.pollMs;
    await this.claim(claimedBy, polls ? [...new Set([...(await this.poll()), ...woken])] : woken);
  }

  private async claim(claimedBy: InstanceId, due: readonly string[]): Promise<void> {
    const allotments = this.options.slots.takeFor(due);
    const claimed = allotments.length === 0 ? [] : await this.claimOrGiveBack(claimedBy, allotments);
    const left = new Map(allotments.map((one) => [one.integrationId, one.count]));
    for (const delivery of claimed) {
      left.set(delivery.integrationId, (left.get(delivery.integrationId) ?? 0) - 1);
      this.options.onClaimed(delivery);
    }
    for (const id of due) this.backlogged.add(id);
    let gaveBack = false;
    for (const [integrationId, count] of left) {
      if (count <= 0) continue;
      this.options.slots.giveBack(integrationId, count);
      this.backlogged.delete(integrationId);
      gaveBack = true;
    }
    // What one had no use for, another may have.
    if (gaveBack) this.wake(this.backlogged);
  }

  private async claimOrGiveBack(
    claimedBy: InstanceId,
    allotments: readonly Allotment[],
  ): Promise<readonly ClaimedDelivery[]> {
    try {
      return await claimDue(this.options.database, claimedBy, allotments);
    } catch (error) {
      for (const one of allotments) this.options.slots.giveBack(one.integrationId, one.count);
      this.mayHaveForgotten = true;
      throw error;
    }
  }

  private async poll(): Promise<string[]> {
    const { database } = this.options;
    const found = await findDueIntegrations(database);
    this.polledAt = performance.now();
    this.backlogged.clear();
    for (const one of found) {
      // Only what was inserted or in flight while its integration was being deleted: hardly ever more than one.
      if (one.state !== 'deleted') continue;
      await database.transaction((sql) => discardWaiting(sql, one.integrationId, 'integration_deleted', null));
    }
    const active = found.filter((one) => one.state === 'active').map((one) => one.integrationId);
    // Whoever is first gets the rounded-up share, so the first place goes round.
    this.rotation = active.length === 0 ? 0 : (this.rotation + 1) % active.length;
    return [...active.slice(this.rotation), ...active.slice(0, this.rotation)];
  }
}
