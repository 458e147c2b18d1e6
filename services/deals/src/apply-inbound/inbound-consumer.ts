import { knownTypes } from '@ponte/contracts';
import { LogConsumer, type EventLog } from '@ponte/event-log';
import type { Database, Logger, Transaction } from '@ponte/service-kit';
import type { DomainEvent } from '../events.js';
import { applyRecords, type ApplyContext } from './apply-records.js';
import { failRecord } from './poison.js';

export const inboundTopic = 'ponte.inbound.v1';

/** Names its rows. */
export const inboundConsumer = { consumer: 'deals.inbound', topic: inboundTopic } as const;

export interface InboundConsumerOptions extends Omit<ApplyContext, 'log'> {
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly log: Logger;
  /** Told what happened once it is committed. */
  onApplied(events: readonly DomainEvent[]): void;
}

/** Follows ponte.inbound.v1 as `deals.inbound`: what arrives becomes contacts and deals. */
export function createInboundConsumer(options: InboundConsumerOptions): LogConsumer {
  const { database, eventLog, cache, maxRecordBytes } = options;
  const tellOnceCommitted = (sql: Transaction, events: readonly DomainEvent[]): void => {
    sql.onEnd((end) => {
      if (end === 'committed') options.onApplied(events);
    });
  };
  return new LogConsumer({
    database,
    name: inboundConsumer.consumer,
    topic: inboundTopic,
    knownTypes: knownTypes(inboundTopic),
    log: options.log,
    locksHeads: true,
    apply: async (sql, records) => {
      tellOnceCommitted(sql, await applyRecords(sql, records, { log: eventLog, cache, maxRecordBytes }));
    },
    onPoison: (sql, record, error) => {
      tellOnceCommitted(sql, failRecord(sql, record, error, eventLog));
      return Promise.resolve();
    },
    // A payload that fails is redone as a new request, never in the past: nothing waits for it.
    parkingKeys: () => [],
  });
}
