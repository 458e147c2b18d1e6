import { choice, flag, integer, optional, optionalFile, optionalText, text, variable } from './plain-settings.js';
import { passwordWeakness } from './secret-settings.js';
import { combined, mistaken, value, type ConfigOf, type Environment, type Reading, type Setting } from './setting.js';

/** How a Kafka is reached; has the shape of the `KafkaConfig` of `@ponte/kafka`. */
export interface KafkaConnection {
  brokers: string[];
  clientId: string;
  topicPrefix: string;
  ssl: boolean | { ca?: string; cert?: string; key?: string };
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}

/** Everything about Kafka that an installation decides. */
export interface KafkaSettings {
  readonly connection: KafkaConnection;
  /** `create`: missing topics are made; `check`: they are made by others, and only checked. */
  readonly topics: 'create' | 'check';
  /** Of topics that are made here; undefined: the broker's default. */
  readonly replicationFactor: number | undefined;
}

const schema = {
  brokers: variable('KAFKA_BROKERS', { is: 'host:port of one or more brokers, separated by commas' }, parseBrokers),
  topicPrefix: text('KAFKA_TOPIC_PREFIX', { is: 'put before every topic and group', default: '' }),
  ssl: flag('KAFKA_SSL', { is: 'whether brokers speak TLS', default: false }),
  ca: optionalFile('KAFKA_SSL_CA', 'the path of a CA certificate in PEM'),
  cert: optionalFile('KAFKA_SSL_CERT', 'the path of a client certificate in PEM'),
  key: optionalFile('KAFKA_SSL_KEY', "the path of the client certificate's key in PEM"),
  mechanism: optional(
    'KAFKA_SASL_MECHANISM',
    choice('KAFKA_SASL_MECHANISM', ['plain', 'scram-sha-256', 'scram-sha-512'], { is: '' }),
  ),
  username: optionalText('KAFKA_SASL_USERNAME'),
  password: optionalText('KAFKA_SASL_PASSWORD'),
  topics: choice('KAFKA_TOPICS', ['create', 'check'], { is: 'who makes the topics', default: 'create' }),
  replicationFactor: optional(
    'KAFKA_REPLICATION_FACTOR',
    integer('KAFKA_REPLICATION_FACTOR', { is: '', min: 1, max: 10 }),
  ),
};

/** Reads the `KAFKA_…` variables. @param clientId names the service to the brokers */
export function kafkaSettings(clientId: string): Setting<KafkaSettings> {
  return combined(schema, (parts, environment): Reading<KafkaSettings> => {
    const sasl = saslOf(parts, environment);
    const ssl = tlsOf(parts);
    if (sasl.kind === 'mistaken') return sasl;
    if (ssl.kind === 'mistaken') return ssl;
    return value({
      connection: {
        brokers: parts.brokers,
        clientId,
        topicPrefix: parts.topicPrefix,
        ssl: ssl.value,
        ...(sasl.value === undefined ? {} : { sasl: sasl.value }),
      },
      topics: parts.topics,
      replicationFactor: parts.replicationFactor,
    });
  });
}

function parseBrokers(given: string): Reading<string[]> {
  const brokers = given
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '');
  const isBroker = (broker: string) => /^[^\s:/@]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i.test(broker);
  if (brokers.length > 0 && brokers.every(isBroker)) return value(brokers);
  return mistaken('KAFKA_BROKERS', 'must be host:port of one or more brokers, separated by commas');
}

function saslOf(
  { mechanism, username, password }: ConfigOf<typeof schema>,
  environment: Environment,
): Reading<KafkaConnection['sasl']> {
  if (mechanism === undefined) {
    if (username === undefined && password === undefined) return value(undefined);
    return mistaken('KAFKA_SASL_MECHANISM', 'is missing, though a SASL user name or password is set');
  }
  if (username === undefined) return mistaken('KAFKA_SASL_USERNAME', 'is missing: a SASL mechanism needs it');
  if (password === undefined) return mistaken('KAFKA_SASL_PASSWORD', 'is missing: a SASL mechanism needs it');
  const weak = environment.production ? passwordWeakness(password) : undefined;
  if (weak !== undefined) return mistaken('KAFKA_SASL_PASSWORD', weak);
  return value({ mechanism, username, password });
}

function tlsOf({ ssl, ca, cert, key }: ConfigOf<typeof schema>): Reading<KafkaConnection['ssl']> {
  if (!ssl) {
    if (ca === undefined && cert === undefined && key === undefined) return value(false);
    return mistaken('KAFKA_SSL', 'must be true when a certificate is given');
  }
  if ((cert === undefined) !== (key === undefined)) {
    return mistaken(cert === undefined ? 'KAFKA_SSL_CERT' : 'KAFKA_SSL_KEY', 'is missing: the two belong together');
  }
  const files = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return value(Object.keys(files).length === 0 ? true : files);
}
