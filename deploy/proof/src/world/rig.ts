import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connectKafka, type Kafka } from '@ponte/kafka';
import {
  controlled,
  freePorts,
  makeDatabases,
  makeSecrets,
  ROOT,
  SERVICES,
  startStack,
  topology,
  type Controlled,
  type Instances,
  type Plan,
  type Say,
  type ServiceName,
  type Stack,
} from '@ponte/local';
import { freePort, startKafka, startPostgres, type KafkaServer, type PostgresServer } from '@ponte/native-servers';
import { startLink, type Link } from '../network/link.js';

/** What scenarios, or workloads, run against. */
export interface RigShape {
  readonly instances?: Instances;
  /** One Postgres server for all, or one for each service. */
  readonly postgres: 'one' | 'each';
  /** Whether each service reaches Kafka and Postgres through links that can be made slow or cut. */
  readonly links: boolean;
  /** What the dispatcher is told besides: how long a call may take, when it is tried again. */
  readonly dispatcher?: Readonly<Record<string, string>>;
  /**
   * How far services give way to the load and the receivers, which stand for other machines: where services that catch up
   * take the processor from them, posts and calls time out there, and look like refusals. Default: not at all.
   */
  readonly niceness?: number;
  /** Makes the folder of Postgres's data, and what takes it away again; absent: an ordinary one. */
  readonly postgresFolder?: (parent: string) => { folder: string; remove(): void };
}

export type ServerName = 'kafka' | 'postgres';

/** A whole Ponte on servers of its own, each part of which can be broken. */
export interface Rig {
  readonly stack: Stack;
  readonly folder: string;
  readonly postgresFolder: string;
  /** Reaches the broker directly, whatever becomes of the links. */
  readonly kafka: Kafka;
  readonly brokers: string;
  /** Each service's database, past the links. */
  readonly databaseUrls: Readonly<Record<ServiceName, string>>;
  /** Base URLs of the hooks, one an instance. */
  readonly hookBases: readonly string[];
  /** The process of that name: `kafka`, `postgres` (or `postgres-deals` …), `ingress`, `ingress-2` … */
  process(name: string): Controlled;
  /** All instances of a service. */
  instancesOf(service: ServiceName): Controlled[];
  /** The Postgres servers there are. */
  postgresServers(): Controlled[];
  /** The superuser's URL of a Postgres server, by its name. */
  superuserUrl(name: string): string;
  link(service: ServiceName, server: ServerName): Link;
  /** Stops everything and removes its data; `keep` leaves data and logs where they are. */
  stop(keep?: boolean): Promise<void>;
}

interface Servers {
  readonly kafka: KafkaServer;
  readonly links: ReadonlyMap<string, Link>;
  readonly postgres: ReadonlyMap<string, PostgresServer>;
  readonly databaseUrls: Record<ServiceName, string>;
}

/** Starts the servers, the links and the services, each as soon as what it needs is there. */
export async function startRig(shape: RigShape, say: Say): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'ponte-proof-'));
  // A temporary folder is closed to others, and Postgres may have to run as another user than this one.
  await chmod(folder, 0o711);
  const home = shape.postgresFolder?.(folder) ?? { folder: join(folder, 'postgres'), remove: () => undefined };
  const secrets = makeSecrets();
  const links = new Map<string, Link>();
  const [kafka, postgres] = await Promise.all([
    startBroker(shape, folder, links, say),
    startDatabases(shape, home.folder, secrets, say),
  ]);
  if (shape.links) {
    for (const service of SERVICES) {
      const { port } = new URL(postgres.databaseUrls[service]);
      links.set(`${service} postgres`, await startLink(Number(port)));
    }
  }
  const plan = await planOf(shape, folder, { kafka, links, ...postgres }, secrets);
  const admin = connectKafka({ brokers: [kafka.brokers], clientId: 'ponte-proof' });
  for (const part of topology(plan)) {
    if (part.kind !== 'topics') continue;
    for (const topic of part.topics) await admin.ensureTopic(topic, 'create');
  }
  const stack = await startStack({ plan, say });
  return rigOf(
    stack,
    { kafka, links, ...postgres },
    { folder, postgresFolder: home.folder, admin, remove: home.remove, say },
  );
}

/** With a listener for each service, where they come through links. */
async function startBroker(shape: RigShape, folder: string, links: Map<string, Link>, say: Say): Promise<KafkaServer> {
  const listeners = [];
  for (const service of shape.links ? SERVICES : []) {
    const port = await freePort();
    const link = await startLink(port);
    links.set(`${service} kafka`, link);
    listeners.push({ name: service.toUpperCase(), port, advertisedPort: link.port });
  }
  return startKafka({
    dataDir: join(folder, 'kafka'),
    listeners,
    log: (line) => {
      say('kafka', line);
    },
  });
}

async function startDatabases(
  shape: RigShape,
  folder: string,
  secrets: Plan['secrets'],
  say: Say,
): Promise<Pick<Servers, 'postgres' | 'databaseUrls'>> {
  const names = shape.postgres === 'one' ? ['postgres'] : SERVICES.map((service) => `postgres-${service}`);
  const started = await Promise.all(
    names.map(async (name) => {
      const server = await startPostgres({
        dataDir: shape.postgres === 'one' ? folder : join(folder, name),
        password: secrets.postgresPassword,
        log: (line) => {
          say(name, line);
        },
      });
      return { name, server, urls: await makeDatabases(server.url, secrets.databasePasswords) };
    }),
  );
  const urlOf = (service: ServiceName): string => {
    const one = started.find(({ name }) => name === 'postgres' || name === `postgres-${service}`);
    if (one === undefined) throw new Error(`There is no Postgres for ${service}.`);
    return one.urls[service];
  };
  return {
    postgres: new Map(started.map(({ name, server }) => [name, server])),
    databaseUrls: { ingress: urlOf('ingress'), deals: urlOf('deals'), dispatcher: urlOf('dispatcher') },
  };
}

async function planOf(shape: RigShape, folder: string, servers: Servers, secrets: Plan['secrets']): Promise<Plan> {
  const { kafka, links, databaseUrls } = servers;
  const through = (service: ServiceName): string => {
    const link = links.get(`${service} postgres`);
    const url = new URL(databaseUrls[service]);
    if (link !== undefined) url.port = String(link.port);
    return url.toString();
  };
  const envOf = (service: ServiceName): Record<string, string> => {
    const link = links.get(`${service} kafka`);
    return {
      ...(link === undefined ? {} : { KAFKA_BROKERS: `127.0.0.1:${String(link.port)}` }),
      ...(service === 'dispatcher' ? shape.dispatcher : {}),
    };
  };
  return {
    stateDir: join(folder, 'stack'),
    kafka: { kind: 'given', brokers: kafka.brokers },
    postgres: {
      kind: 'given',
      urls: { ingress: through('ingress'), deals: through('deals'), dispatcher: through('dispatcher') },
    },
    ports: await freePorts(shape.instances),
    secrets,
    env: { NICENESS: String(shape.niceness ?? 0) },
    programs: writePrograms(folder),
    envOf: { ingress: envOf('ingress'), deals: envOf('deals'), dispatcher: envOf('dispatcher') },
  };
}

const GIVES_WAY = `import { setPriority } from 'node:os';\nsetPriority(Number(process.env.NICENESS ?? 0));\n`;

/**
 * Each service's program is a file of the rig that loads the built one, so that a scenario can start another version.
 */
export function writePrograms(folder: string, before: Partial<Record<ServiceName, string>> = {}) {
  const program = (service: ServiceName): string => {
    const file = join(folder, `${service}.mjs`);
    const built = pathToFileURL(join(ROOT, 'services', service, 'dist', 'main.js')).href;
    writeFileSync(file, `${GIVES_WAY}${before[service] ?? ''}\nawait import(${JSON.stringify(built)});\n`);
    return file;
  };
  return { ingress: program('ingress'), deals: program('deals'), dispatcher: program('dispatcher') };
}

interface Surroundings {
  readonly folder: string;
  readonly postgresFolder: string;
  readonly admin: Kafka;
  readonly remove: () => void;
  readonly say: Say;
}

function rigOf(stack: Stack, servers: Servers, around: Surroundings): Rig {
  const { kafka, postgres, links, databaseUrls } = servers;
  const own = new Map<string, Controlled>([
    ['kafka', controlled('kafka', kafka)],
    ...[...postgres].map(([name, server]) => [name, controlled(name, server)] as const),
  ]);
  return {
    stack,
    folder: around.folder,
    postgresFolder: around.postgresFolder,
    kafka: around.admin,
    brokers: kafka.brokers,
    databaseUrls,
    hookBases: stack.plan.ports.ingress.map(({ hooks }) => `http://127.0.0.1:${String(hooks)}`),
    process: (name) => own.get(name) ?? stack.process(name),
    instancesOf: (service) =>
      [...stack.processes].flatMap(([name, one]) => (name.replace(/-\d+$/, '') === service ? [one] : [])),
    postgresServers: () => [...own].flatMap(([name, one]) => (name === 'kafka' ? [] : [one])),
    superuserUrl: (name) => {
      const found = postgres.get(name);
      if (found === undefined) throw new Error(`There is no Postgres server "${name}".`);
      return found.url;
    },
    link: (service, server) => {
      const found = links.get(`${service} ${server}`);
      if (found === undefined) throw new Error(`There is no link between ${service} and ${server}.`);
      return found;
    },
    stop: async (keep = false) => {
      for (const one of [...stack.processes.values(), ...own.values()]) one.resume();
      await around.admin.close();
      await stack.stop();
      for (const link of links.values()) await link.close();
      await Promise.all([...own.values()].map((one) => one.stop()));
      around.remove();
      if (keep) around.say('proof', `data and logs are kept in ${around.folder}`);
      else rmSync(around.folder, { recursive: true, force: true });
    },
  };
}
