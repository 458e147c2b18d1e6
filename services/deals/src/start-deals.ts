import { ensureReportedTopic } from '@ponte/event-log';
import { WaitingRecordsServer } from '@ponte/kafka';
import {
  createAdminApp,
  createMetrics,
  createTokenVerifier,
  HealthRegistry,
  listenAdmin,
  type Logger,
  type Shutdown,
} from '@ponte/service-kit';
import { createInboundConsumer } from './apply-inbound/inbound-consumer.js';
import { countOutcomes } from './apply-inbound/outcome-metrics.js';
import type { DealsConfig } from './config.js';
import { dealsTopic, maxRecordBytes } from './deals-topic.js';
import { DealsModule } from './deals.module.js';
import { openLog } from './open-log.js';
import { CatalogueCache } from './projections/catalogue-cache.js';

export interface StartContext {
  readonly version: string;
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

/** How long to wait for log and topic to be compared before the API is served without. */
const bootPatienceMs = 5_000;

/**
 * Starts the API, the log's relay, and the consumer of what arrives. The API serves as soon as the database is there:
 * without Kafka it reads, and answers commands with 503 until log and topic could be compared.
 *
 * @returns the port that the API listens on
 */
export async function startDeals(config: DealsConfig, { version, log, shutdown }: StartContext): Promise<number> {
  const metrics = createMetrics('deals');
  const health = new HealthRegistry();
  const { database, kafka, eventLog } = await openLog(config, log, shutdown);
  const topic = { kafka, spec: dealsTopic, settings: config.kafka, log, signal: shutdown.signal };
  await ensureReportedTopic(topic, health);
  await eventLog.start();
  const cache = new CatalogueCache(database);
  const onApplied = countOutcomes(metrics);
  const consumer = createInboundConsumer({ database, eventLog, cache, maxRecordBytes, log, onApplied });
  const server = inboundRecords(config, log);
  const followed = { database, eventLog, health, metrics, followers: [{ consumer, server }] };
  const app = await createAdminApp(DealsModule.of({ database, eventLog, cache, consumer, log: followed }), {
    ...{ name: 'deals', version, log, metrics, health, tokens: createTokenVerifier(config.tokens) },
    description: 'Origins, contacts and deals of a workspace.',
  });
  health.addReadiness('database', async () => {
    await database.query('SELECT 1');
  });
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  // Whoever waits for readiness wants to command, too; but without Kafka there are still answers to be read.
  await eventLog.gate.whenOpen(AbortSignal.timeout(bootPatienceMs)).catch(() => {
    log.warn({ reason: eventLog.gate.reason() }, 'serving without being able to change anything');
  });
  return listenAdmin(app, { port: config.port, health, shutdown });
}

/** Connects in the background: without Kafka the API reads. */
function inboundRecords(config: DealsConfig, log: Logger): WaitingRecordsServer {
  return new WaitingRecordsServer({
    kafka: config.kafka.connection,
    groupId: 'deals.inbound',
    onLost: (error) => {
      log.error({ error }, 'the consumer was lost and is being replaced');
    },
    onHandlerFailed: (error, failures) => {
      log.warn({ error, failures }, 'records could not be applied yet');
    },
  });
}
