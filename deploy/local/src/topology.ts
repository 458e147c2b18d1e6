import type { Plan } from './plan.js';
import type { ServiceName } from './services.js';

/**
 * The whole of Ponte on one machine: what runs, what each part needs before it starts, and what each process is told.
 * `docker-compose.yml` is the same topology in containers. Parts start as soon as what they need is ready, and stop in
 * the reverse order.
 */
export function topology(plan: Plan): readonly Part[] {
  const { ports, secrets } = plan;

  const servers: Part[] = [
    { kind: 'kafka', name: 'kafka', needs: [] },
    { kind: 'postgres', name: 'postgres', needs: [] },
  ];

  // One Postgres, a database for each service with a role of its own: none may connect to another's.
  const databases: Part[] = [{ kind: 'databases', name: 'databases', needs: ['postgres'] }];

  // A log partition is a topic partition: both count 24, fixed for the life of an installation.
  const topics: Part[] = [{ kind: 'topics', name: 'topics', needs: ['kafka'], topics: TOPICS }];

  const everyService = {
    JWT_SECRET: secrets.jwtSecret,
    SECRETS_KEY: secrets.secretsKey,
    BETWEEN_ORIGINS_SECRET: secrets.betweenOriginsSecret,
    // Where senders reach the hooks; the dispatcher knows by it which calls stay within this Ponte.
    PUBLIC_URL: `http://127.0.0.1:${String(ports.ingress[0]?.hooks ?? 8080)}`,
  };

  const migration = (service: ServiceName): Part => ({
    kind: 'migration',
    name: `migrate-${service}`,
    needs: ['databases'],
    service,
    env: everyService,
  });
  const migrations = [migration('ingress'), migration('deals'), migration('dispatcher')];

  const service = (name: ServiceName, instance: number, env: Record<string, string>): Part => ({
    kind: 'service',
    name: instance === 0 ? name : `${name}-${String(instance + 1)}`,
    needs: ['topics', `migrate-${name}`],
    service: name,
    env: { ...everyService, ...env },
    ready: [env['PORT'], env['HOOKS_PORT']].flatMap((port) =>
      port === undefined ? [] : [`http://127.0.0.1:${port}/health/ready`],
    ),
  });
  const services: Part[] = [
    ...ports.ingress.map(({ hooks, admin }, n) =>
      service('ingress', n, { PORT: String(admin), HOOKS_PORT: String(hooks) }),
    ),
    ...ports.deals.map(({ admin }, n) => service('deals', n, { PORT: String(admin) })),
    ...ports.dispatcher.map(({ admin }, n) =>
      // Receivers on this machine are what one tries out first; in production private addresses stay closed.
      service('dispatcher', n, { PORT: String(admin), DELIVERY_ALLOW_PRIVATE_NETWORKS: 'true' }),
    ),
  ];

  return [...servers, ...databases, ...topics, ...migrations, ...services];
}

const PARTITIONS = 24;
const DAY_MS = 24 * 60 * 60 * 1000;
const LARGEST_RECORD_BYTES = 8 * 1024 * 1024;

const TOPICS: readonly Topic[] = [
  {
    name: 'ponte.inbound.v1',
    partitions: PARTITIONS,
    retentionMs: 365 * DAY_MS,
    maxMessageBytes: LARGEST_RECORD_BYTES,
  },
  { name: 'ponte.deals.v1', partitions: PARTITIONS, retentionMs: -1, maxMessageBytes: LARGEST_RECORD_BYTES },
  {
    name: 'ponte.deliveries.v1',
    partitions: PARTITIONS,
    retentionMs: 365 * DAY_MS,
    maxMessageBytes: LARGEST_RECORD_BYTES,
  },
];

export interface Topic {
  name: string;
  partitions: number;
  /** -1: forever. */
  retentionMs: number;
  maxMessageBytes: number;
}

type Env = Readonly<Record<string, string>>;

/** One thing that runs, or is done once on the way up. `needs` names the parts that must be ready before. */
export type Part = { name: string; needs: readonly string[] } & (
  | { kind: 'kafka' }
  | { kind: 'postgres' }
  | { kind: 'databases' }
  | { kind: 'topics'; topics: readonly Topic[] }
  | { kind: 'migration'; service: ServiceName; env: Env }
  | { kind: 'service'; service: ServiceName; env: Env; ready: readonly string[] }
);
