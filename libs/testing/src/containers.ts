import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';
import type { StartedServers } from './started-servers.js';

/** Another name where images come from a mirror of one's own. */
const KAFKA_IMAGE = process.env['PONTE_KAFKA_IMAGE'] ?? 'apache/kafka:4.1.0';
const POSTGRES_IMAGE = process.env['PONTE_POSTGRES_IMAGE'] ?? 'postgres:18';
const PASSWORD = 'ponte-tests';
const START_TIMEOUT_MS = 120_000;
const START_SCRIPT = '/tmp/start-kafka.sh';

/** Starts Kafka and Postgres in containers, on ports that Docker chooses. */
export async function startContainers(log: (line: string) => void): Promise<StartedServers> {
  log(`starting ${KAFKA_IMAGE} and ${POSTGRES_IMAGE}`);
  const starts = await Promise.allSettled([startKafkaContainer(), startPostgresContainer()]);
  const [kafka, postgres] = starts.map((start) => (start.status === 'fulfilled' ? start.value : null));
  if (!kafka || !postgres) {
    await Promise.all([kafka?.stop(), postgres?.stop()]);
    throw starts.find((start) => start.status === 'rejected')?.reason;
  }
  const databaseUrl = `postgres://postgres:${PASSWORD}@${postgres.getHost()}:${String(postgres.getMappedPort(5432))}/postgres`;
  return {
    kind: 'containers',
    brokers: [`${kafka.getHost()}:${String(kafka.getMappedPort(9092))}`],
    databaseUrl,
    stop: async () => {
      await Promise.all([kafka.stop(), postgres.stop()]);
    },
  };
}

/**
 * The broker must advertise the port that Docker maps, which is known only once the container runs: so its entrypoint waits
 * for a start script, which is copied in then.
 */
async function startKafkaContainer(): Promise<StartedTestContainer> {
  const container = await new GenericContainer(KAFKA_IMAGE)
    .withExposedPorts(9092)
    .withEnvironment(KAFKA_ENV)
    .withEntrypoint(['sh'])
    .withCommand([
      '-c',
      `echo waiting for the script; while [ ! -x ${START_SCRIPT} ]; do sleep 0.1; done; exec ${START_SCRIPT}`,
    ])
    .withWaitStrategy(Wait.forLogMessage('waiting for the script'))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
  try {
    const advertised = `${container.getHost()}:${String(container.getMappedPort(9092))}`;
    const script = `#!/bin/sh\nexport KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://${advertised},INSIDE://localhost:9094\nexec /etc/kafka/docker/run\n`;
    await container.copyContentToContainer([{ content: script, target: START_SCRIPT, mode: 0o755 }]);
    await logged(container, 'Kafka Server started');
    return container;
  } catch (error) {
    await container.stop();
    throw error;
  }
}

async function logged(container: StartedTestContainer, text: string): Promise<void> {
  const logs = await container.logs();
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string): void => {
      reject(new Error(`${KAFKA_IMAGE} ${reason}. Its log ends:\n${seen.slice(-2_000)}`));
    };
    const timer = setTimeout(() => {
      fail('was not up in time');
    }, START_TIMEOUT_MS);
    logs.on('data', (chunk: Buffer | string) => {
      seen = (seen + chunk.toString()).slice(-20_000);
      if (!seen.includes(text)) return;
      clearTimeout(timer);
      resolve();
    });
    logs.on('end', () => {
      clearTimeout(timer);
      fail('ended');
    });
  });
  logs.destroy();
}

const KAFKA_ENV = {
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093,INSIDE://:9094',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_INTER_BROKER_LISTENER_NAME: 'INSIDE',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  KAFKA_MESSAGE_MAX_BYTES: '16777216',
  KAFKA_REPLICA_FETCH_MAX_BYTES: '16777216',
};

function startPostgresContainer(): Promise<StartedTestContainer> {
  return (
    new GenericContainer(POSTGRES_IMAGE)
      .withExposedPorts(5432)
      .withEnvironment({ POSTGRES_PASSWORD: PASSWORD })
      .withCommand(['postgres', '-c', 'max_connections=200'])
      // The first time is the temporary server that runs the image's own set-up.
      .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
      .withStartupTimeout(START_TIMEOUT_MS)
      .start()
  );
}
