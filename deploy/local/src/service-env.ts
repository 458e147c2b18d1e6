import type { Plan } from './plan.js';
import type { ServiceName } from './services.js';

/** Where a process finds Kafka and its database. */
export interface Connections {
  brokers: string;
  databaseUrls: Readonly<Record<ServiceName, string>>;
}

/**
 * The environment of a service's process: the topology's, its connections, and the plan's own on top. What it would
 * inherit and that points elsewhere (a superuser's DATABASE_URL, another service's port) is taken away.
 */
export function serviceEnv(
  plan: Plan,
  { brokers, databaseUrls }: Connections,
  service: ServiceName,
  own: Readonly<Record<string, string>>,
  inherited: NodeJS.ProcessEnv = process.env,
): Record<string, string | undefined> {
  const suffix = `_${service.toUpperCase()}`;
  const given = plan.postgres.kind === 'given';
  const foreign = Object.keys(inherited).filter(
    (name) => name.startsWith('DATABASE_') && name !== 'DATABASE_POOL_SIZE',
  );
  return {
    ...Object.fromEntries([...foreign, 'PORT', 'HOOKS_PORT'].map((name) => [name, undefined])),
    NODE_ENV: inherited['NODE_ENV'] === 'production' ? 'production' : 'development',
    KAFKA_BROKERS: brokers,
    KAFKA_TOPICS: inherited['KAFKA_TOPICS'] ?? 'create',
    DATABASE_URL: databaseUrls[service],
    DATABASE_DIRECT_URL: given ? inherited[`DATABASE_DIRECT_URL${suffix}`] : undefined,
    DATABASE_MIGRATION_URL: given ? inherited[`DATABASE_MIGRATION_URL${suffix}`] : undefined,
    ...own,
    ...plan.env,
    ...plan.envOf?.[service],
  };
}
