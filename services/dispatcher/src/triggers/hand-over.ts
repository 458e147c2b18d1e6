import type { Transaction } from '@ponte/service-kit';
import type { DeliveryId, InstanceId } from '../deliveries/delivery.js';
import type { DeliveryEngine } from '../deliveries/engine.js';
import type { NewDelivery } from '../deliveries/insert-deliveries.js';

/** The part of the engine that takes deliveries over from the consumer. */
export type Receiving = Pick<DeliveryEngine, 'begin' | 'abandon' | 'queued'>;

/** What a transaction inserts. */
export interface Insertion {
  readonly deliveries: readonly NewDelivery[];
  /** The lease that claims are made under. */
  readonly claimer: InstanceId | null;
  /** The integrations that are not paused. What a paused one's deliveries wait for is its resumption, which asks for them. */
  readonly active: ReadonlySet<string>;
  /** Whether each that was inserted is claimed; null where that was not heard of. */
  inserted(): ReadonlyMap<DeliveryId, boolean> | null;
}

/**
 * Gives the engine what a transaction inserts once it is known to be committed: only then may it be sent. Where the
 * answer to COMMIT was lost, the engine looks what became of the claims.
 */
export function handOver(sql: Transaction, insertion: Insertion, engine: Receiving): void {
  sql.onEnd((end) => {
    const inserted = end === 'committed' ? insertion.inserted() : null;
    if (inserted !== null) return takeOver(insertion, inserted, engine);
    for (const one of insertion.deliveries) if (one.claim) engine.abandon(one, end !== 'rolled_back');
  });
}

function takeOver(
  { deliveries, claimer, active }: Insertion,
  inserted: ReadonlyMap<DeliveryId, boolean>,
  engine: Receiving,
): void {
  const waiting: NewDelivery[] = [];
  for (const one of deliveries) {
    const isClaimed = inserted.get(one.id);
    if (claimer !== null && isClaimed === true) engine.begin({ ...one, claimedBy: claimer, attempts: 0 });
    else {
      if (one.claim) engine.abandon(one, false);
      const isPending = isClaimed !== undefined && one.failure === null;
      if (isPending && active.has(one.integrationId)) waiting.push(one);
    }
  }
  engine.queued(waiting);
}
