import type { Kafka as Client, KafkaConfig as ClientConfig, logLevel as LogLevel } from 'kafkajs';
import type { KafkaLog, KafkaLogLevel } from '../kafka-log.js';
import type { KafkaConfig } from '../port.js';
import { registerCodecs } from './codecs.js';
import { kafkajs } from './library.js';

registerCodecs();

const { logLevel } = kafkajs;

/** Bounded so that a call tells within seconds that no broker answers; whoever called tries again. */
const RETRY = { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 };
const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;

const CLIENT_LEVEL: Readonly<Record<KafkaLogLevel, LogLevel>> = {
  error: logLevel.ERROR,
  warn: logLevel.WARN,
  info: logLevel.INFO,
  debug: logLevel.DEBUG,
};

/** The kafkajs client that a configuration describes. Connects to nothing yet. */
export function createClient(config: KafkaConfig): Client {
  return new kafkajs.Kafka({
    clientId: config.clientId,
    brokers: config.brokers,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    ...security(config),
    logLevel: config.log === undefined ? logLevel.NOTHING : CLIENT_LEVEL[config.log.level ?? 'error'],
    logCreator: () => logTo(config.log),
  });
}

/** The name under which the broker knows a topic or a group. */
export function withPrefix(config: KafkaConfig, name: string): string {
  return `${config.topicPrefix ?? ''}${name}`;
}

function security(config: KafkaConfig): Pick<ClientConfig, 'ssl' | 'sasl'> {
  return {
    ...(config.ssl === undefined ? {} : { ssl: config.ssl }),
    ...(config.sasl === undefined ? {} : { sasl: saslOf(config.sasl) }),
  };
}

function saslOf({
  mechanism,
  username,
  password,
}: NonNullable<KafkaConfig['sasl']>): NonNullable<ClientConfig['sasl']> {
  // One case each: the client's type ties the credentials to a single mechanism.
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

function logTo(log: KafkaLog | undefined): ReturnType<NonNullable<ClientConfig['logCreator']>> {
  return ({ namespace, level, log: content }) => {
    const { message, ...details } = content;
    log?.write({ level: portLevel(level), source: namespace, message, details });
  };
}

function portLevel(level: LogLevel): KafkaLogLevel {
  if (level <= logLevel.ERROR) return 'error';
  if (level === logLevel.WARN) return 'warn';
  return level === logLevel.INFO ? 'info' : 'debug';
}
