import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lockDirectory } from './directory-lock.js';
import { NativeServerError } from './errors.js';
import { findJava } from './java.js';
import { kafkaJars } from './kafka-jars.js';
import { runServer, type NativeServer } from './native-server.js';
import { freePort, requireFreePort } from './ports.js';
import type { ServerCommand } from './server-process.js';

export interface KafkaOptions {
  /** Holds everything of this broker; a second start on it goes on where the first left off. */
  dataDir: string;
  /** Client port on 127.0.0.1; 0 or absent: any free one. */
  port?: number;
  /** More ways to reach it, for clients that come through something: each is told to come back that way. */
  listeners?: readonly KafkaListener[];
  /** Progress, a line at a time. */
  log?: (line: string) => void;
}

/** A listener beside the usual one. Kafka tells its clients where to connect: here, to `advertisedPort`. */
export interface KafkaListener {
  /** Upper-case letters. */
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly advertisedPort: number;
}

export interface KafkaServer extends NativeServer {
  /** What clients connect to: `127.0.0.1:<port>`. */
  readonly brokers: string;
}

const run = promisify(execFile);
const HEAP = '512m';
/** The largest batch a broker takes. Topics set their own, smaller `max.message.bytes`. */
const LARGEST_BATCH_BYTES = 16 * 1024 * 1024;

/**
 * Starts a real, single-node Apache Kafka 4.1.0 in KRaft mode and resolves when it serves.
 *
 * @throws NativeServerError `no_java`, `no_maven`, `download_failed`, `port_taken`, `directory_in_use`, `start_failed`
 */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const log = options.log ?? (() => undefined);
  const java = await findJava();
  const jars = await kafkaJars(log);
  const port = options.port === undefined || options.port === 0 ? await freePort() : options.port;
  const server = await runServer({
    port,
    takeLock: () => lockDirectory(options.dataDir, 'Kafka', log),
    prepare: () => prepare({ dataDir: options.dataDir, port, listeners: options.listeners ?? [], java, jars, log }),
    readyTimeoutMs: 60_000,
    isReady: (running) => running.logged().includes('Kafka Server started'),
    explain: (error) => explain(error, port),
  });
  return Object.assign(server, { brokers: `127.0.0.1:${String(port)}` });
}

interface Broker {
  dataDir: string;
  port: number;
  listeners: readonly KafkaListener[];
  java: string;
  jars: string;
  log: (line: string) => void;
}

async function prepare(broker: Broker): Promise<ServerCommand> {
  await requireFreePort(broker.port, 'Kafka');
  const properties = join(broker.dataDir, 'server.properties');
  const logging = join(broker.dataDir, 'log4j2.properties');
  const topics = join(broker.dataDir, 'topics');
  mkdirSync(topics, { recursive: true });
  writeFileSync(properties, serverProperties(broker, await freePort(), topics));
  writeFileSync(logging, LOG4J);
  const javaArgs = [`-Dlog4j2.configurationFile=${logging}`, '-cp', join(broker.jars, '*')];
  if (!existsSync(join(topics, 'meta.properties'))) await format(broker, javaArgs, properties);
  broker.log(`starting Kafka on 127.0.0.1:${String(broker.port)}`);
  return {
    name: 'Kafka',
    command: broker.java,
    args: [`-Xmx${HEAP}`, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...javaArgs, 'kafka.Kafka', properties],
    cwd: broker.dataDir,
    logFile: join(broker.dataDir, 'kafka.log'),
    stopSignal: 'SIGTERM',
    stopPatienceMs: 20_000,
  };
}

async function format(broker: Broker, javaArgs: readonly string[], properties: string): Promise<void> {
  broker.log('formatting the storage of Kafka');
  const clusterId = newClusterId();
  const args = ['-Xmx128m', '-XX:TieredStopAtLevel=1', ...javaArgs, 'kafka.tools.StorageTool'];
  try {
    await run(broker.java, [...args, 'format', '-t', clusterId, '-c', properties], { cwd: broker.dataDir });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NativeServerError('start_failed', `Kafka's storage could not be formatted: ${reason}`, { cause: error });
  }
}

/** As Kafka makes them: one that begins with a dash would be taken for an option. */
function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

function explain(error: unknown, port: number): unknown {
  if (error instanceof NativeServerError && /Address already in use|BindException/.test(error.message)) {
    return new NativeServerError('port_taken', `Kafka cannot start: port ${String(port)} was taken meanwhile.`, {
      cause: error,
    });
  }
  return error;
}

function serverProperties({ port, listeners }: Broker, controllerPort: number, topics: string): string {
  const at = (name: string, onPort: number): string => `${name}://127.0.0.1:${String(onPort)}`;
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    // The quorum is named by node id: the controller's port may differ from run to run.
    'controller.quorum.voters': `1@127.0.0.1:${String(controllerPort)}`,
    listeners: [
      at('PLAINTEXT', port),
      at('CONTROLLER', controllerPort),
      ...listeners.map((one) => at(one.name, one.port)),
    ].join(','),
    'advertised.listeners': [at('PLAINTEXT', port), ...listeners.map((one) => at(one.name, one.advertisedPort))].join(
      ',',
    ),
    'listener.security.protocol.map': ['PLAINTEXT', 'CONTROLLER', ...listeners.map(({ name }) => name)]
      .map((name) => `${name}:PLAINTEXT`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': topics,
    // Topics are made explicitly, with their partitions and sizes: a typo must not make one.
    'auto.create.topics.enable': false,
    'message.max.bytes': LARGEST_BATCH_BYTES,
    'replica.fetch.max.bytes': LARGEST_BATCH_BYTES,
    'offsets.topic.num.partitions': 8,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // A killed broker may register again only once its old session has run out (9 s by default).
    'broker.session.timeout.ms': 4_000,
    'broker.heartbeat.interval.ms': 1_000,
    // Small machines: threads beyond their cores only wait for one another.
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('');
}

const LOG4J = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`;
