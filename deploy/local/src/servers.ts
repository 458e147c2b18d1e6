import { join } from 'node:path';
import { connectKafka } from '@ponte/kafka';
import { startKafka, startPostgres, type NativeServer } from '@ponte/native-servers';
import { startComposeServers } from './compose.js';
import type { Plan } from './plan.js';
import type { Topic } from './topology.js';

/** A server that the stack started, or found. */
export interface Provided {
  /** Kafka: bootstrap brokers. Postgres: the superuser's URL; null where the services' own URLs were given. */
  address: string | null;
  /** For people. */
  where: string;
  /** The child process, where it runs natively. */
  native: NativeServer | null;
  stop: (() => Promise<void>) | null;
}

export interface ProvideOptions {
  plan: Plan;
  throwAway: boolean;
  log: (line: string) => void;
}

/** Brings up the Kafka of the plan. */
export async function provideKafka({ plan, throwAway, log }: ProvideOptions): Promise<Provided> {
  switch (plan.kafka.kind) {
    case 'given':
      return { address: plan.kafka.brokers, where: `${plan.kafka.brokers} (given)`, native: null, stop: null };
    case 'compose': {
      const servers = await startComposeServers(projectOf(plan), ['kafka'], plan.secrets.postgresPassword, throwAway);
      return { address: servers.brokers, where: `${servers.brokers} (container)`, native: null, stop: servers.stop };
    }
    case 'native': {
      const kafka = await startKafka({ dataDir: join(plan.stateDir, 'data', 'kafka'), log });
      return { address: kafka.brokers, where: kafka.brokers, native: kafka, stop: () => kafka.stop() };
    }
  }
}

/** Brings up the Postgres of the plan. */
export async function providePostgres({ plan, throwAway, log }: ProvideOptions): Promise<Provided> {
  const password = plan.secrets.postgresPassword;
  switch (plan.postgres.kind) {
    case 'given':
      return { address: null, where: 'the databases of DATABASE_URL_* (given)', native: null, stop: null };
    case 'compose': {
      const servers = await startComposeServers(projectOf(plan), ['postgres'], password, throwAway);
      const where = `${new URL(servers.postgresUrl).host} (container)`;
      return { address: servers.postgresUrl, where, native: null, stop: servers.stop };
    }
    case 'native': {
      const postgres = await startPostgres({ dataDir: join(plan.stateDir, 'data', 'postgres'), password, log });
      const where = `127.0.0.1:${String(postgres.port)}`;
      return { address: postgres.url, where, native: postgres, stop: () => postgres.stop() };
    }
  }
}

/**
 * Makes the topics on a Kafka that the stack started. A given Kafka may need TLS or SASL, or have topics that others made:
 * there the services make or check them.
 */
export async function makeTopics(plan: Plan, brokers: string, topics: readonly Topic[]): Promise<void> {
  if (plan.kafka.kind === 'given') return;
  const topicPrefix = plan.env['KAFKA_TOPIC_PREFIX'];
  const kafka = connectKafka({
    brokers: brokers.split(','),
    clientId: 'ponte-local',
    ...(topicPrefix === undefined ? {} : { topicPrefix }),
  });
  try {
    for (const topic of topics) await kafka.ensureTopic(topic, 'create');
  } finally {
    await kafka.close();
  }
}

/** Compose names containers by project: one for each state folder. */
function projectOf(plan: Plan): string {
  return `ponte-${Buffer.from(plan.stateDir).toString('hex').slice(-12)}`;
}
