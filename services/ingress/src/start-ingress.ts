import { ensureReportedTopic, EventLog } from '@ponte/event-log';
import { connectKafka, WaitingRecordsServer, type Kafka } from '@ponte/kafka';
import {
  connectDatabase,
  createAdminApp,
  createMetrics,
  createTokenVerifier,
  HealthRegistry,
  listenAdmin,
  listenBare,
  takesWrites,
  type ConnectedDatabase,
  type Logger,
  type Shutdown,
} from '@ponte/service-kit';
import { adopter } from './adopt/adopter.js';
import type { IngressConfig } from './config.js';
import { inboundTopic, MAX_RECORD_BYTES } from './inbound-topic.js';
import { IngressModule } from './ingress.module.js';
import { inboundIntegrationChangeEntity, inboundIntegrationEntity } from './integrations/inbound-integration.entity.js';
import { migrations } from './migrations/index.js';
import { createDealsConsumer } from './outcomes/deals-consumer.js';
import { OutcomeGaps } from './outcomes/outcome-gaps.service.js';
import { exposeOutcomes } from './outcomes/outcomes-metrics.js';
import { createHooksServer } from './receive/hooks-server.js';
import { Receiving } from './receive/receiving.js';

export interface StartContext {
  version: string;
  log: Logger;
  shutdown: Shutdown;
}

/** Where a started ingress listens. */
export interface StartedIngress {
  hooksPort: number;
  adminPort: number;
}

/**
 * Starts both listeners of ingress, its log's relay, and its consumer. The hooks listen as soon as the database is
 * there: without Kafka, payloads are accepted and held until log and topic could be compared.
 */
export async function startIngress(config: IngressConfig, context: StartContext): Promise<StartedIngress> {
  const { log, shutdown, version } = context;
  const metrics = createMetrics('ingress');
  const health = { hooks: new HealthRegistry(), admin: new HealthRegistry() };
  const database = await connect(config, context);
  const kafka = connectKafka(config.kafka.connection);
  shutdown.add('connections', 'kafka', () => kafka.close());
  const eventLog = await startEventLog(context, database, kafka);

  const receiving = new Receiving({
    database,
    eventLog,
    maxRecordBytes: MAX_RECORD_BYTES,
    betweenOriginsSecret: config.betweenOriginsSecret.reveal(),
    publicUrl: config.publicUrl,
    log,
    metrics,
  });
  await receiving.start();
  shutdown.add('flush', 'receiving', () => receiving.stop());
  // A payload can be made durable while the database takes writes; Kafka and all else don't count here.
  for (const registry of [health.hooks, health.admin]) registry.addReadiness('database', () => takesWrites(database));
  const hooks = createHooksServer({ receiver: receiving.receiver, log, metrics, health: health.hooks });
  const hooksPort = await listenBare('hooks', hooks, { port: config.hooksPort, health: health.hooks, shutdown });
  // Comes after the hooks listen: a Kafka that is away must not keep a payload from being accepted.
  const topic = { kafka, spec: inboundTopic, settings: config.kafka, log, signal: shutdown.signal };
  await ensureReportedTopic(topic, health.admin);

  const gaps = new OutcomeGaps(database);
  const onGaps = exposeOutcomes(metrics, gaps);
  const consumer = createDealsConsumer({ database, log, onGaps });
  health.admin.addStatus('held requests', () => receiving.heldStatus());
  health.admin.addStatus('outcomes', () => gaps.status());
  const server = dealsEvents(config, log);
  const app = await createAdminApp(
    IngressModule.of({
      log: { database, eventLog, health: health.admin, metrics, followers: [{ consumer, server }] },
      database,
      consumer,
      gaps,
      partitionOf: (workspaceId) => eventLog.partitionOf(workspaceId),
      sealer: config.sealer,
      publicUrl: config.publicUrl,
    }),
    { name: 'ingress', version, log, metrics, health: health.admin, tokens: createTokenVerifier(config.tokens) },
  );
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  const adminPort = await listenAdmin(app, { port: config.port, health: health.admin, shutdown });
  return { hooksPort, adminPort };
}

/** Connects in the background: without Kafka the API serves, and shows what was followed so far. */
function dealsEvents(config: IngressConfig, log: Logger): WaitingRecordsServer {
  return new WaitingRecordsServer({
    kafka: config.kafka.connection,
    groupId: 'ingress.deals',
    // Outcomes are looked up and not waited for: a few large batches a second serve as well as many small ones.
    maxWaitTimeInMs: 150,
    minBytes: 256 * 1024,
    onLost: ({ kind, message }) => {
      log.warn({ consumer: 'ingress.deals', kind, reason: message }, 'the consumer was lost and is being replaced');
    },
    onHandlerFailed: (error, failures) => {
      log.warn({ error, failures }, 'records could not be applied yet');
    },
  });
}

async function connect(config: IngressConfig, { log, shutdown }: StartContext): Promise<ConnectedDatabase> {
  const database = await connectDatabase(config.database, {
    applicationName: 'ponte-ingress',
    entities: [inboundIntegrationEntity, inboundIntegrationChangeEntity],
    migrations,
    log,
  });
  shutdown.add('connections', 'database', () => database.close());
  return database;
}

async function startEventLog({ log, shutdown }: StartContext, database: ConnectedDatabase, kafka: Kafka) {
  const eventLog = new EventLog({
    database,
    kafka,
    source: 'ponte/ingress',
    topic: inboundTopic.name,
    partitions: inboundTopic.partitions,
    maxRecordBytes: MAX_RECORD_BYTES,
    adopter,
    log,
  });
  await eventLog.start();
  shutdown.add('flush', 'event log', () => eventLog.stop());
  return eventLog;
}
