import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findJava, NativeServerError } from '@ponte/native-servers';
import type { KafkaSource, PostgresSource } from './plan.js';
import { SERVICES, type ServiceName } from './services.js';

/** Where Kafka and Postgres come from, and a line for people when that is not the usual. */
export interface Sources {
  kafka: KafkaSource;
  postgres: PostgresSource;
  notice: string | null;
}

/** What the machine has, apart so that the decision can be tested. */
export interface Machine {
  hasJava(): Promise<boolean>;
  hasDockerCompose(): Promise<boolean>;
}

/**
 * In order: what KAFKA_BROKERS and DATABASE_URL_* point at; else native servers; else, without Java, containers.
 *
 * @throws Error with what to set or install when none of these can be.
 */
export async function chooseSources(env: NodeJS.ProcessEnv, machine: Machine = thisMachine(env)): Promise<Sources> {
  const brokers = env['KAFKA_BROKERS'];
  const urls = givenDatabases(env);
  const postgres: PostgresSource | null = urls === null ? null : { kind: 'given', urls };
  if (brokers) return { kafka: { kind: 'given', brokers }, postgres: postgres ?? { kind: 'native' }, notice: null };
  if (await machine.hasJava())
    return { kafka: { kind: 'native' }, postgres: postgres ?? { kind: 'native' }, notice: null };
  if (await machine.hasDockerCompose()) {
    return {
      kafka: { kind: 'compose' },
      postgres: postgres ?? { kind: 'compose' },
      notice: 'No Java 17+ here, but Docker: Kafka and Postgres run in containers (docker compose up kafka postgres).',
    };
  }
  throw new Error(
    'Ponte needs a Kafka and a Postgres, and finds neither Java 17+ (to run Kafka natively) nor Docker with Compose.\n' +
      '  Install a JDK or JRE 17+ and Maven, or Docker;\n' +
      '  or set KAFKA_BROKERS and DATABASE_URL_INGRESS, DATABASE_URL_DEALS, DATABASE_URL_DISPATCHER to servers of yours.',
  );
}

function givenDatabases(env: NodeJS.ProcessEnv): Record<ServiceName, string> | null {
  const given = SERVICES.map((service) => ({ service, name: `DATABASE_URL_${service.toUpperCase()}` }));
  const missing = given.filter(({ name }) => !env[name]);
  if (missing.length === given.length) return null;
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    throw new Error(`${names} must be set too: either all three databases are given, or none.`);
  }
  const url = (service: ServiceName): string => env[`DATABASE_URL_${service.toUpperCase()}`] ?? '';
  return { ingress: url('ingress'), deals: url('deals'), dispatcher: url('dispatcher') };
}

function thisMachine(env: NodeJS.ProcessEnv): Machine {
  return {
    hasJava: async () => {
      try {
        await findJava(env);
        return true;
      } catch (error) {
        if (error instanceof NativeServerError && error.code === 'no_java') return false;
        throw error;
      }
    },
    hasDockerCompose: async () => {
      try {
        await promisify(execFile)('docker', ['info'], { timeout: 10_000, env });
        await promisify(execFile)('docker', ['compose', 'version'], { timeout: 10_000, env });
        return true;
      } catch {
        return false;
      }
    },
  };
}
