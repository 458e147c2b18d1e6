import { Module, type DynamicModule } from '@nestjs/common';
import type { Database, HealthRegistry, Registry } from '@ponte/service-kit';
import type { EventLog } from '../event-log.js';
import { reportHealth, type Follower } from '../observe/health.js';
import { exposeMetrics } from '../observe/metrics.js';
import { OPERATED_PARTS, OperationsController, type OperatedParts } from './operations.controller.js';

export interface EventLogParts {
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly followers: readonly Follower[];
  /** The registry of the listener that shows `/health/status`. */
  readonly health: HealthRegistry;
  readonly metrics: Registry;
}

/**
 * Puts a service's log and consumers before its operators: `/v1/operations`, their part of `/health/status`, and their
 * metrics. Starting and stopping them stays with the service, whose shutdown has an order that Nest's hooks don't know:
 * consumers, then whoever appends, then the log.
 */
@Module({})
export class EventLogModule {
  static of({ database, eventLog, followers, health, metrics }: EventLogParts): DynamicModule {
    const consumers = followers.map((follower) => follower.consumer);
    reportHealth(health, eventLog, followers);
    exposeMetrics(metrics, eventLog, consumers);
    const parts: OperatedParts = { database, eventLog, consumers };
    return {
      module: EventLogModule,
      controllers: [OperationsController],
      providers: [{ provide: OPERATED_PARTS, useValue: parts }],
    };
  }
}
