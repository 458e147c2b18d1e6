import type { ClaimedDelivery } from '../deliveries/delivery.js';
import type { DeliveryEngine } from '../deliveries/engine.js';

/** The part of the engine that takes deliveries over from the consumer. */
export type Receiving = Pick<DeliveryEngine, 'begin' | 'abandon' | 'wake'>;

/**
 * Holds what a transaction of the consumer has inserted until it is known to be committed: only then may it be sent.
 * One transaction at a time.
 */
export class HandOver {
  private claimed: ClaimedDelivery[] = [];
  private woken = new Set<string>();

  constructor(private readonly engine: Receiving) {}

  /** Inserted in the running transaction: those that it claimed, and the integrations of the others. */
  add(claimed: readonly ClaimedDelivery[], woken: Iterable<string>): void {
    this.claimed.push(...claimed);
    for (const integrationId of woken) this.woken.add(integrationId);
  }

  /** The transaction is committed. */
  committed(): void {
    const { claimed, woken } = this.take();
    for (const delivery of claimed) this.engine.begin(delivery);
    this.engine.wake(woken);
  }

  /** The transaction failed; or its end isn't known, which is why the engine then looks what became of the claims. */
  failed(): void {
    for (const delivery of this.take().claimed) this.engine.abandon(delivery, true);
  }

  private take(): { claimed: readonly ClaimedDelivery[]; woken: ReadonlySet<string> } {
    const { claimed, woken } = this;
    this.claimed = [];
    this.woken = new Set();
    return { claimed, woken };
  }
}
