import {
  Counter,
  Gauge,
  Histogram,
  parseTraceparent,
  type Database,
  type Logger,
  type Registry,
} from '@ponte/service-kit';
import { errorCodeOf } from './attempt.js';
import type { EngineObserver } from './engine.js';
import { readQueueState, type QueueState } from './queue-state.js';
import type { DeliveryResult } from './results.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30];

/** Counting a long queue takes a while: one count serves all scrapes of so many ms. */
const STATE_MS = 5_000;

/** Logs one line and counts once for each attempt. Never says a URL: with GET it holds personal data. */
export function observeDeliveries(registry: Registry, log: Logger): EngineObserver {
  const registers = [registry];
  const attempts = new Counter({
    name: 'ponte_delivery_attempts_total',
    help: 'Calls to receivers, by what came of them: delivered, or why not.',
    labelNames: ['outcome'],
    registers,
  });
  const ended = new Counter({
    name: 'ponte_deliveries_ended_total',
    help: 'Deliveries that are over.',
    labelNames: ['status'],
    registers,
  });
  const dropped = new Counter({
    name: 'ponte_delivery_claims_dropped_total',
    help: 'Claims that were given back unsent, as the lease no longer covered them.',
    registers,
  });
  const duration = new Histogram({
    name: 'ponte_delivery_attempt_duration_seconds',
    help: 'From looking a receiver up to the end of its answer.',
    buckets: SECONDS,
    registers,
  });
  return {
    recorded: (result, wasOurs) => {
      const { attempt, next } = result;
      attempts.inc({ outcome: errorCodeOf(attempt.outcome) ?? 'delivered' });
      duration.observe(attempt.durationMs / 1_000);
      if (wasOurs && next.kind !== 'retry') ended.inc({ status: next.kind });
      log.info(factsOf(result, wasOurs), 'attempt');
    },
    dropped: (delivery) => {
      dropped.inc();
      log.warn({ deliveryId: delivery.id, integrationId: delivery.integrationId }, 'a claim was given back unsent');
    },
    troubled: (what, error) => {
      log.warn({ what, error }, 'deliveries are held up and will go on by themselves');
    },
  };
}

function factsOf({ delivery, attempt, next }: DeliveryResult, wasOurs: boolean): Record<string, unknown> {
  const { id, workspaceId, integrationId, dealId, eventId, correlationId, traceparent } = delivery;
  return {
    ...{ deliveryId: id, workspaceId, integrationId, dealId, eventId, correlationId },
    traceId: parseTraceparent(traceparent)?.traceId,
    attempt: delivery.attempts + 1,
    outcome: next.kind,
    statusCode: attempt.outcome.kind === 'answered' ? attempt.outcome.statusCode : null,
    error: errorCodeOf(attempt.outcome),
    reason: next.kind === 'failed' ? next.reason : null,
    retryInMs: next.kind === 'retry' ? next.delayMs : null,
    durationMs: attempt.durationMs,
    recorded: wasOurs,
  };
}

/** Gauges of what is in flight and what is waiting. */
export function exposeQueue(registry: Registry, database: Database, inFlight: () => number): void {
  const registers = [registry];
  let state: { readonly at: number; readonly value: Promise<QueueState | null> } | null = null;
  const current = (): Promise<QueueState | null> => {
    // While the database is away there is nothing to say; readiness says that it is.
    if (state === null || performance.now() - state.at > STATE_MS) {
      state = { at: performance.now(), value: readQueueState(database).catch(() => null) };
    }
    return state.value;
  };
  const gauge = (name: string, help: string, pick: (state: QueueState) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const value = await current();
        if (value === null) this.reset();
        else this.set(pick(value));
      },
    });
  };
  new Gauge({
    name: 'ponte_deliveries_in_flight',
    help: 'Deliveries of this instance between their claim and the record of its result.',
    registers,
    collect() {
      this.set(inFlight());
    },
  });
  gauge('ponte_deliveries_due', 'Deliveries whose time has come and that nobody has claimed.', (one) => one.due);
  gauge(
    'ponte_deliveries_oldest_due_seconds',
    'How long the first of them has been due.',
    (one) => one.oldestDueSeconds,
  );
  gauge(
    'ponte_deliveries_waiting_in_lanes',
    'Deliveries that wait for an earlier one of the same deal.',
    (one) => one.waitingInLanes,
  );
}
