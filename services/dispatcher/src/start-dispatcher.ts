import { ensureReportedTopic, EventLog } from '@ponte/event-log';
import { connectKafka, WaitingRecordsServer, type Kafka } from '@ponte/kafka';
import {
  connectDatabase,
  createAdminApp,
  createMetrics,
  createTokenVerifier,
  HealthRegistry,
  listenAdmin,
  takesWrites,
  type ConnectedDatabase,
  type Logger,
  type Registry,
  type Shutdown,
} from '@ponte/service-kit';
import { adopter } from './adopt/adopter.js';
import { knownToBeLatest } from './adopt/known-to-be-latest.js';
import type { DispatcherConfig } from './config.js';
import { deliveriesTopic, MAX_RECORD_BYTES } from './deliveries/deliveries-topic.js';
import { DeliveryEngine } from './deliveries/engine.js';
import { InstanceLease } from './deliveries/instance-lease.js';
import { makeCall } from './deliveries/make-call.js';
import { exposeQueue, observeDeliveries } from './deliveries/observe-deliveries.js';
import { outcomeLog } from './deliveries/outcome-log.js';
import { createReceiverAgents } from './deliveries/receiver-agents.js';
import { DispatcherModule } from './dispatcher.module.js';
import {
  outboundIntegrationChangeEntity,
  outboundIntegrationEntity,
} from './integrations/outbound-integration.entity.js';
import { migrations } from './migrations/index.js';
import { DealsConsumer } from './triggers/deals-consumer.js';

export interface StartContext {
  readonly version: string;
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

interface Parts extends StartContext {
  readonly config: DispatcherConfig;
  readonly metrics: Registry;
  readonly health: HealthRegistry;
  readonly database: ConnectedDatabase;
  readonly kafka: Kafka;
}

/**
 * Starts the dispatcher: the relay of its log, the engine, the API and the consumer. Deliveries that are due go out
 * whether or not Kafka is there.
 *
 * @returns the port of the admin listener
 */
export async function startDispatcher(config: DispatcherConfig, context: StartContext): Promise<{ port: number }> {
  const { log, shutdown, version } = context;
  const metrics = createMetrics('dispatcher');
  const health = new HealthRegistry();
  const database = await connectDatabase(config.database, {
    applicationName: 'ponte-dispatcher',
    entities: [outboundIntegrationEntity, outboundIntegrationChangeEntity],
    migrations,
    log,
  });
  shutdown.add('connections', 'database', () => database.close());
  const kafka = connectKafka(config.kafka.connection);
  shutdown.add('connections', 'kafka', () => kafka.close());
  const parts: Parts = { ...context, config, metrics, health, database, kafka };
  const eventLog = await startEventLog(parts);
  const engine = await startEngine(parts, eventLog);
  const deals = new DealsConsumer({ database, eventLog, engine, publicUrl: config.publicUrl, log });
  health.addReadiness('database', () => takesWrites(database));

  const server = dealsEvents(parts);
  const followed = { database, eventLog, health, metrics, followers: [{ consumer: deals.consumer, server }] };
  const app = await createAdminApp(DispatcherModule.of({ database, engine, deals, log: followed }), {
    ...{ name: 'dispatcher', version, log, metrics, health },
    tokens: createTokenVerifier(config.tokens),
  });
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  return { port: await listenAdmin(app, { port: config.port, health, shutdown }) };
}

async function startEventLog({ config, database, kafka, log, health, shutdown }: Parts): Promise<EventLog> {
  const topic = { kafka, spec: deliveriesTopic, settings: config.kafka, log, signal: shutdown.signal };
  await ensureReportedTopic(topic, health);
  const eventLog = new EventLog({
    ...{ database, kafka, log },
    source: 'ponte/dispatcher',
    topic: deliveriesTopic.name,
    partitions: deliveriesTopic.partitions,
    maxRecordBytes: MAX_RECORD_BYTES,
    adopter,
    // What became of deliveries is no part of their way.
    gatherMs: 200,
  });
  await eventLog.start();
  shutdown.add('flush', 'event log', () => eventLog.stop());
  return eventLog;
}

async function startEngine(
  { config, database, log, metrics, health, shutdown }: Parts,
  eventLog: EventLog,
): Promise<DeliveryEngine> {
  const { publicUrl, allowPrivateNetworks, timeoutMs } = config;
  const agents = createReceiverAgents({ publicUrl, allowPrivateNetworks });
  shutdown.add('connections', 'receivers', () => {
    agents.close();
  });
  const observer = observeDeliveries(metrics, log);
  const lease = new InstanceLease(database, {
    onTrouble: (error) => {
      observer.troubled('lease', error);
    },
  });
  const { hooksInternalUrl: internalUrl } = config;
  const own = {
    publicUrl,
    secret: config.betweenOriginsSecret.reveal(),
    ...(internalUrl === undefined ? {} : { internalUrl }),
  };
  const engine = new DeliveryEngine({
    ...{ database, lease, observer },
    log: outcomeLog(eventLog),
    mayClaim: knownToBeLatest(eventLog),
    call: makeCall({ agents, timeoutMs, own, allowPrivateNetworks }),
    schedule: config.retrySchedule,
    limits: { total: config.concurrency, perIntegration: config.concurrencyPerIntegration },
  });
  exposeQueue(metrics, database, () => engine.inFlight);
  health.addStatus('deliveries', () =>
    lease.current() === null ? { status: 'degraded', reason: 'without a lease nothing is sent' } : { status: 'ok' },
  );
  await engine.start();
  // After the consumer has handed over its last, and before the log's relay ends: results are told through it.
  shutdown.add('consumers', 'engine', () => engine.stop());
  return engine;
}

/** Connects in the background: without Kafka, what is due goes out and the API serves. */
function dealsEvents({ config, log }: Parts): WaitingRecordsServer {
  return new WaitingRecordsServer({
    kafka: config.kafka.connection,
    groupId: 'dispatcher.deals',
    onLost: (error) => {
      log.error({ error }, 'the consumer was lost and is being replaced');
    },
    onHandlerFailed: (error, failures) => {
      log.warn({ error, failures }, 'records could not be applied yet');
    },
  });
}
