import { InboundAppliedV1, knownTypes } from '@ponte/contracts';
import { LogConsumer, parseType } from '@ponte/event-log';
import type { Database, Logger } from '@ponte/service-kit';
import { applyCatalogue, catalogueTypes } from '../catalogue/apply-catalogue.js';
import { applyOutcomes } from './apply-outcomes.js';

/** The topic whose events say what became of payloads, and what the catalogue is. */
export const DEALS_TOPIC = 'ponte.deals.v1';

export interface DealsConsumerOptions {
  database: Database;
  log: Logger;
  /** Told of outcomes that did not come as they must. */
  onGaps(count: number): void;
}

/** Follows ponte.deals.v1 as `ingress.deals`: outcomes of requests, and the catalogue. */
export function createDealsConsumer({ database, log, onGaps }: DealsConsumerOptions): LogConsumer {
  return new LogConsumer({
    database,
    name: 'ingress.deals',
    topic: DEALS_TOPIC,
    knownTypes: followedTypes(),
    log,
    apply: async (sql, records) => {
      applyCatalogue(sql, records);
      const gaps = await applyOutcomes(sql, records);
      if (gaps === 0) return;
      log.error({ gaps }, 'outcomes of payloads are missing or came again');
      onGaps(gaps);
    },
  });
}

/** Only what is read here: a new version of another event must not stop this consumer. */
function followedTypes(): ReadonlyMap<string, number> {
  const followed = new Set([InboundAppliedV1.type, ...catalogueTypes].map((type) => parseType(type)?.name));
  return new Map([...knownTypes(DEALS_TOPIC)].filter(([name]) => followed.has(name)));
}
