import type { EventLog } from '@ponte/event-log';
import {
  isInfrastructureError,
  type Database,
  type Logger,
  type Registry,
  type StatusReport,
} from '@ponte/service-kit';
import { INTEGRATIONS_CHANGED } from '../integrations/channels.js';
import type { Arrival, ArrivalResult } from './arrival.js';
import { expireDeliveryIds } from './delivery-id-expiry.js';
import { HoldDrainer } from './hold-drainer.js';
import { IntegrationCache } from './integration-cache.js';
import { loadIntegrations, type KnownIntegration } from './known-integration.js';
import { MicroBatcher, type BatchLimits } from './micro-batcher.js';
import { ReceiveMetrics } from './receive-metrics.js';
import { publishedRecords } from './published-records.js';
import { storeArrivals } from './receive-store.js';
import { Receiver } from './receiver.js';

export interface ReceivingOptions {
  database: Database;
  eventLog: Pick<EventLog, 'gate' | 'committed'>;
  /** What a record of the log may take in Kafka. */
  maxRecordBytes: number;
  betweenOriginsSecret: string;
  publicUrl: string;
  log: Logger;
  metrics: Registry;
  limits?: Partial<BatchLimits>;
}

/** Some senders give up after 5 s: waiting ends well before, so that they hear that nothing was taken. */
const LIMITS: BatchLimits = {
  maxItems: 500,
  maxBytes: 8 * 1_048_576,
  maxWaitingItems: 5_000,
  maxWaitingBytes: 64 * 1_048_576,
  waitMs: 2_500,
};

/** What a record takes besides its data: headers, key, framing. */
const RECORD_FRAME_BYTES = 1_500;

/** The parts of receiving, put together: cache, batches, the way of a request, and the drainer of what is held. */
export class Receiving {
  readonly receiver: Receiver;
  private readonly integrations: IntegrationCache<KnownIntegration>;
  private readonly batcher: MicroBatcher<Arrival, ArrivalResult>;
  private readonly drainer: HoldDrainer;
  private readonly stopping = new AbortController();
  private expiry: Promise<void> | null = null;
  private subscription: { close(): Promise<void> } | null = null;

  constructor(private readonly options: ReceivingOptions) {
    const { database, eventLog, log, metrics } = options;
    const facts = new ReceiveMetrics(metrics);
    this.integrations = new IntegrationCache({
      load: (tokenHashes) => loadIntegrations(database, tokenHashes),
      isInfrastructureError,
    });
    this.batcher = new MicroBatcher<Arrival, ArrivalResult>({
      flush: (arrivals, signal) => this.flush(arrivals, signal),
      limits: { ...LIMITS, ...options.limits },
      isInfrastructureError,
      onFlush: (flush) => {
        facts.flushed(flush);
        if (flush.durationMs > 500) log.warn(flush, 'a batch of requests took long to become durable');
      },
    });
    ReceiveMetrics.exposeWaiting(metrics, () => this.batcher.waiting);
    this.drainer = new HoldDrainer({
      database,
      gate: eventLog.gate,
      maxDataBytes: options.maxRecordBytes - RECORD_FRAME_BYTES,
      log,
      onPublished: (count) => {
        facts.publishedHeld(count);
        eventLog.committed(count);
      },
      onSetAside: () => {
        facts.setHeldAside();
      },
    });
    this.receiver = new Receiver({
      integrations: this.integrations,
      batcher: this.batcher,
      maxDataBytes: options.maxRecordBytes - RECORD_FRAME_BYTES,
      betweenOriginsSecret: options.betweenOriginsSecret,
      publicPath: new URL(options.publicUrl).pathname.replace(/\/+$/, ''),
      log,
      onAnswer: (kind) => {
        facts.answered(kind);
      },
    });
  }

  async start(): Promise<void> {
    this.subscription = await this.options.database.listen(INTEGRATIONS_CHANGED, () => {
      this.integrations.invalidate();
    });
    await this.drainer.start();
    this.expiry = expireDeliveryIds(this.options.database, this.options.log, this.stopping.signal);
  }

  /** Whether what is held can be published once it may go on. */
  heldStatus(): StatusReport {
    return this.drainer.status();
  }

  /** After the listener has closed: answers what still waits, and ends the drainer after what it has in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    // The log is stopped at the same time: the drainer must not wait for its gate any more.
    await Promise.all([this.drainer.stop(), this.batcher.drained()]);
    await this.subscription?.close();
    await this.expiry;
  }

  private async flush(arrivals: readonly Arrival[], signal: AbortSignal): Promise<ArrivalResult[]> {
    const { database, eventLog } = this.options;
    const results = await storeArrivals({ database, gate: eventLog.gate }, arrivals, signal);
    const published = publishedRecords(arrivals, results);
    if (published.length > 0) eventLog.committed(published);
    // Held by rows ahead of it while the gate is open: the drainer may have looked just before.
    if (eventLog.gate.isOpen() && results.some(({ kind }) => kind === 'held')) this.drainer.look();
    return results;
  }
}
