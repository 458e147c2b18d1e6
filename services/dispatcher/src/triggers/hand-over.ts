import { DatabaseUnavailable, type Database, type Sql, type Transaction } from '@ponte/service-kit';
import type { ClaimedDelivery } from '../deliveries/delivery.js';
import type { DeliveryEngine } from '../deliveries/engine.js';

/** The part of the engine that takes deliveries over from the consumer. */
export type Receiving = Pick<DeliveryEngine, 'begin' | 'abandon' | 'wake'>;

/** What a transaction has inserted. */
interface Inserted {
  readonly claimed: ClaimedDelivery[];
  readonly waiting: Set<string>;
}

/**
 * Holds what each transaction inserts until it is known to be committed: only then may it be sent. Transactions may run
 * side by side (a dead letter is retried while the consumer goes on).
 */
export class HandOver {
  private readonly open = new Map<Sql, Inserted>();
  /** The database that the consumer is to work on: its transactions hand over at their commit. */
  readonly database: Database;

  constructor(
    database: Database,
    private readonly engine: Receiving,
  ) {
    this.database = {
      query: (text, values) => database.query(text, values),
      transaction: (work) => this.handOver(database, work),
      listen: (channel, onNotify) => database.listen(channel, onNotify),
      onConnectionLost: (listener) => {
        database.onConnectionLost(listener);
      },
      close: () => database.close(),
    };
  }

  /** To be called in a transaction of `database`: what it claimed, and the integrations of what else it inserted. */
  add(sql: Sql, claimed: readonly ClaimedDelivery[], waiting: Iterable<string>): void {
    const inserted = this.open.get(sql);
    if (inserted === undefined) throw new Error('only a transaction of this database hands over');
    inserted.claimed.push(...claimed);
    for (const integrationId of waiting) inserted.waiting.add(integrationId);
  }

  private async handOver<T>(database: Database, work: (sql: Transaction) => Promise<T>): Promise<T> {
    const inserted: Inserted = { claimed: [], waiting: new Set() };
    try {
      const result = await database.transaction(async (sql) => {
        this.open.set(sql, inserted);
        try {
          return await work(sql);
        } finally {
          this.open.delete(sql);
        }
      });
      for (const delivery of inserted.claimed) this.engine.begin(delivery);
      this.engine.wake(inserted.waiting);
      return result;
    } catch (error) {
      // Where the answer to COMMIT was lost, the engine looks what became of the claims.
      const uncertain = error instanceof DatabaseUnavailable && error.outcome === 'unknown';
      for (const delivery of inserted.claimed) this.engine.abandon(delivery, uncertain);
      throw error;
    }
  }
}
