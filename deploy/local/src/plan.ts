import { freePort } from '@ponte/native-servers';
import type { Secrets } from './secrets.js';
import type { ServiceName } from './services.js';

/** The ports of every instance of every service; the first one's are those to tell people. */
export interface Ports {
  ingress: readonly { admin: number; hooks: number }[];
  deals: readonly { admin: number }[];
  dispatcher: readonly { admin: number }[];
}

/** Where Kafka comes from: one that is there already, or one that the stack starts. */
export type KafkaSource = { kind: 'given'; brokers: string } | { kind: 'native' } | { kind: 'compose' };
/** Where the databases come from. */
export type PostgresSource =
  { kind: 'given'; urls: Readonly<Record<ServiceName, string>> } | { kind: 'native' } | { kind: 'compose' };

/** Everything that is decided before the first process starts. */
export interface Plan {
  /** Holds data, logs and the lock. */
  stateDir: string;
  kafka: KafkaSource;
  postgres: PostgresSource;
  ports: Ports;
  secrets: Secrets;
  /** Given to every service process besides the topology's own: KAFKA_TOPIC_PREFIX, LOG_LEVEL … */
  env: Readonly<Record<string, string>>;
  /** Given to one service's processes alone, over everything else. */
  envOf?: Partial<Record<ServiceName, Readonly<Record<string, string>>>>;
  /** Each service's program; absent: the built one of this repository. */
  programs?: Readonly<Record<ServiceName, string>>;
}

/** The script of a service, which takes `serve`, `migrate` …; relative to the repository. */
export function programOf(plan: Plan, service: ServiceName): string {
  return plan.programs?.[service] ?? `services/${service}/dist/main.js`;
}

/** How many processes of each service; one where absent. */
export type Instances = Partial<Record<ServiceName, number>>;

/** The well-known ports (hooks 8080, ingress 8090, deals 8091, dispatcher 8092), or those that the environment names. */
export function portsFromEnv(env: NodeJS.ProcessEnv): Ports {
  const port = (name: string, usual: number): number => {
    const text = env[name];
    if (!text) return usual;
    const value = Number(text);
    if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
    throw new Error(`${name} is "${text}": it must be a port number from 1 to 65535.`);
  };
  return {
    ingress: [{ hooks: port('HOOKS_PORT', 8080), admin: port('INGRESS_PORT', 8090) }],
    deals: [{ admin: port('DEALS_PORT', 8091) }],
    dispatcher: [{ admin: port('DISPATCHER_PORT', 8092) }],
  };
}

/** Ports that were free a moment ago, for stacks that run beside others. */
export async function freePorts(instances: Instances = {}): Promise<Ports> {
  const each = async <T>(service: ServiceName, make: () => Promise<T>): Promise<T[]> => {
    const made: T[] = [];
    for (let n = 0; n < (instances[service] ?? 1); n += 1) made.push(await make());
    return made;
  };
  return {
    ingress: await each('ingress', async () => ({ hooks: await freePort(), admin: await freePort() })),
    deals: await each('deals', async () => ({ admin: await freePort() })),
    dispatcher: await each('dispatcher', async () => ({ admin: await freePort() })),
  };
}

/** Every port of the plan with the environment variable that moves it. */
export function listPorts(ports: Ports): { port: number; what: string; variable: string }[] {
  return [
    ...ports.ingress.flatMap(({ hooks, admin }) => [
      { port: hooks, what: 'the hooks', variable: 'HOOKS_PORT' },
      { port: admin, what: 'the ingress API', variable: 'INGRESS_PORT' },
    ]),
    ...ports.deals.map(({ admin }) => ({ port: admin, what: 'the deals API', variable: 'DEALS_PORT' })),
    ...ports.dispatcher.map(({ admin }) => ({ port: admin, what: 'the dispatcher API', variable: 'DISPATCHER_PORT' })),
  ];
}
