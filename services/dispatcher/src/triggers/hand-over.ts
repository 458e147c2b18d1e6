import type { Transaction } from '@ponte/service-kit';
import type { DeliveryEngine } from '../deliveries/engine.js';
import type { Fired } from './fire.js';

/** The part of the engine that takes deliveries over from the consumer. */
export type Receiving = Pick<DeliveryEngine, 'begin' | 'abandon' | 'queued'>;

/**
 * Gives the engine what a transaction inserts once it is known to be committed: only then may it be sent. Where the
 * answer to COMMIT was lost, the engine looks what became of the claims.
 */
export function handOver(sql: Transaction, { claimed, waiting }: Omit<Fired, 'failed'>, engine: Receiving): void {
  sql.onEnd((end) => {
    if (end !== 'committed') {
      for (const delivery of claimed) engine.abandon(delivery, end === 'unknown');
      return;
    }
    for (const delivery of claimed) engine.begin(delivery);
    engine.queued(waiting);
  });
}
