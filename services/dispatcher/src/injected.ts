import type { LogConsumer } from '@ponte/event-log';
import type { WaitingRecords } from '@ponte/kafka';
import type { DeliveryEngine } from './deliveries/engine.js';

/** The part of the engine that the APIs need. */
export type WakesEngine = Pick<DeliveryEngine, 'wake'>;
export const ENGINE = Symbol('Engine');

/** Follows ponte.deals.v1. */
export interface FollowsDeals {
  readonly consumer: Pick<LogConsumer, 'waitFor'>;
  handle(waiting: WaitingRecords): Promise<void>;
}
export const DEALS_CONSUMER = Symbol('DealsConsumer');
