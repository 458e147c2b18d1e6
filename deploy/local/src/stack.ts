import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isPortFree, lockDirectory, type DirectoryLock } from '@ponte/native-servers';
import { issueToken, type Role } from '@ponte/service-kit';
import { makeDatabases } from './databases.js';
import { listPorts, programOf, type Plan } from './plan.js';
import type { ServiceName } from './services.js';
import { makeTopics, provideKafka, providePostgres, type ProvideOptions, type Provided } from './servers.js';
import { serviceEnv } from './service-env.js';
import { controlled, runToEnd, startService, type Controlled } from './service-process.js';
import { topology, type Part } from './topology.js';
import { parseWorkspace, type Workspace } from './workspace.js';

export type { Workspace };

/** Says what is going on: the part concerned and a line about it. */
export type Say = (part: string, line: string) => void;

export interface StackOptions {
  plan: Plan;
  say: Say;
  /** Throws the containers' volumes away at the end (only where Kafka and Postgres run in containers). */
  throwAway?: boolean;
  /** Gives up: nothing more is started, what has been is stopped, and `startStack` rejects. */
  signal?: AbortSignal;
}

/** What a workspace is made with; a random id where none is given. */
export interface NewWorkspace {
  id?: string;
  name: string;
  timeZone: string;
  country: string;
  currency: string;
}

/** A running Ponte. */
export interface Stack {
  readonly plan: Plan;
  readonly brokers: string;
  readonly databaseUrls: Readonly<Record<ServiceName, string>>;
  /** Base URL where senders post. */
  readonly hooksUrl: string;
  /** Base URL of each service's API (of its first instance). */
  readonly apiUrls: Readonly<Record<ServiceName, string>>;
  /** The processes by name, in order of start: `kafka`, `postgres`, `ingress`, `deals`, `deals-2` … */
  readonly processes: ReadonlyMap<string, Controlled>;
  /** @throws Error naming the processes there are, when there is none of that name */
  process(name: string): Controlled;
  /** Runs the deals service's command, which works whether or not the service runs. */
  createWorkspace(workspace: NewWorkspace): Promise<Workspace>;
  /**
   * Runs a command of a service, as an operator would, whether or not the service runs: `rebuild --from log --verify`.
   *
   * @returns what it printed
   *
   * @throws Error with the end of its output when it fails
   */
  command(service: ServiceName, args: readonly string[]): Promise<string>;
  /** A token for the APIs, valid for 30 days; default: role admin. */
  token(workspaceId: string, roles?: readonly Role[]): Promise<string>;
  /** Stops everything in reverse order. Calling it twice is fine. */
  stop(): Promise<void>;
}

/**
 * Starts everything that the topology names, each part as soon as what it needs is ready. On a failure what has started is
 * stopped again.
 *
 * @throws NativeServerError `directory_in_use` when a stack runs on this state folder already; Error for a taken port or a
 *   part that does not come up, with the end of its log
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { plan, say } = options;
  mkdirSync(join(plan.stateDir, 'logs'), { recursive: true });
  const lock = await lockDirectory(plan.stateDir, 'Ponte', (line) => {
    say('ponte', line);
  });
  const runner = new StackRunner(options, topology(plan), lock);
  try {
    await requirePorts(plan);
    await runner.startAll();
    options.signal?.throwIfAborted();
    return runner.stack();
  } catch (error) {
    await runner.stop();
    throw error;
  }
}

async function requirePorts(plan: Plan): Promise<void> {
  const taken: string[] = [];
  for (const { port, what, variable } of listPorts(plan.ports)) {
    if (!(await isPortFree(port)))
      taken.push(`port ${String(port)} (${what}) is taken: stop what uses it, or set ${variable}`);
  }
  if (taken.length > 0) throw new Error(`Ponte cannot start:\n  ${taken.join('\n  ')}`);
}

class StackRunner {
  brokers = '';
  private superuserUrl = '';
  databaseUrls: Record<ServiceName, string> = { ingress: '', deals: '', dispatcher: '' };
  private readonly processes = new Map<string, Controlled>();
  private readonly stops = new Map<string, () => Promise<void>>();
  private stopping: Promise<void> | null = null;
  private commands = 0;

  private readonly plan: Plan;
  private readonly say: Say;

  constructor(
    private readonly options: StackOptions,
    private readonly parts: readonly Part[],
    private readonly lock: DirectoryLock,
  ) {
    this.plan = options.plan;
    this.say = options.say;
  }

  /** One failed part keeps those that need it from starting; the rest is awaited, so that all of it can be stopped. */
  async startAll(): Promise<void> {
    const started = new Map<string, Promise<void>>();
    for (const part of this.parts) {
      const needs = part.needs.map(
        (name) => started.get(name) ?? Promise.reject(new Error(`${part.name} needs ${name}`)),
      );
      const start = Promise.all(needs).then(() => {
        this.options.signal?.throwIfAborted();
        return this.start(part);
      });
      started.set(part.name, start);
    }
    const results = await Promise.allSettled(started.values());
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  private async start(part: Part): Promise<void> {
    switch (part.kind) {
      case 'kafka':
        this.brokers = (await this.provide(part.name, provideKafka)).address ?? '';
        return;
      case 'postgres':
        this.superuserUrl = (await this.provide(part.name, providePostgres)).address ?? '';
        return;
      case 'databases':
        return this.makeDatabases();
      case 'topics':
        return makeTopics(this.plan, this.brokers, part.topics);
      case 'migration':
        return this.migrate(part);
      case 'service':
        return this.startService(part);
    }
  }

  private async provide(name: string, provide: (options: ProvideOptions) => Promise<Provided>): Promise<Provided> {
    const log = (line: string): void => {
      this.say(name, line);
    };
    const provided = await provide({ plan: this.plan, throwAway: this.options.throwAway ?? false, log });
    if (provided.native !== null) this.processes.set(name, controlled(name, provided.native));
    if (provided.stop !== null) this.stops.set(name, provided.stop);
    this.say(name, `ready on ${provided.where}`);
    return provided;
  }

  private async makeDatabases(): Promise<void> {
    if (this.plan.postgres.kind === 'given') this.databaseUrls = { ...this.plan.postgres.urls };
    else this.databaseUrls = await makeDatabases(this.superuserUrl, this.plan.secrets.databasePasswords);
  }

  private async migrate(part: Extract<Part, { kind: 'migration' }>): Promise<void> {
    const args = [programOf(this.plan, part.service), 'migrate'];
    await runToEnd({ name: part.name, args, env: this.env(part), logFile: this.logFile(part.name) });
    this.say(part.name, 'done');
  }

  private async startService(part: Extract<Part, { kind: 'service' }>): Promise<void> {
    const service = await startService({
      name: part.name,
      args: [...NODE_OPTIONS, programOf(this.plan, part.service), 'serve'],
      env: this.env(part),
      logFile: this.logFile(part.name),
      ready: part.ready,
      readyTimeoutMs: 60_000,
      onStarted: (identity) => {
        this.lock.noteProcess(identity);
      },
    });
    this.processes.set(part.name, service);
    this.stops.set(part.name, () => service.stop());
    this.say(part.name, `ready on ${part.ready.map((url) => new URL(url).host).join(' and ')}`);
  }

  private env(part: Extract<Part, { kind: 'migration' | 'service' }>): Record<string, string | undefined> {
    return serviceEnv(this.plan, this, part.service, part.env);
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const { name } of [...this.parts].reverse()) {
      const stop = this.stops.get(name);
      if (stop === undefined) continue;
      try {
        await stop();
        this.say(name, 'stopped');
      } catch (error) {
        this.say(name, `did not stop: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.lock.release();
  }

  stack(): Stack {
    const { plan } = this;
    const processes = new Map(
      this.parts.flatMap(({ name }) => {
        const found = this.processes.get(name);
        return found === undefined ? [] : [[name, found] as const];
      }),
    );
    const at = (port: number | undefined): string => `http://127.0.0.1:${String(port ?? 0)}`;
    return {
      plan,
      brokers: this.brokers,
      databaseUrls: this.databaseUrls,
      processes,
      hooksUrl: at(plan.ports.ingress[0]?.hooks),
      apiUrls: {
        ingress: at(plan.ports.ingress[0]?.admin),
        deals: at(plan.ports.deals[0]?.admin),
        dispatcher: at(plan.ports.dispatcher[0]?.admin),
      },
      process: (name) => {
        const found = processes.get(name);
        if (found !== undefined) return found;
        throw new Error(`There is no process "${name}". There are: ${[...processes.keys()].join(', ')}.`);
      },
      createWorkspace: (workspace) => this.createWorkspace(workspace),
      command: (service, args) => this.command(service, args),
      token: (workspaceId, roles = ['admin']) => tokenFor(plan, workspaceId, roles),
      stop: () => this.stop(),
    };
  }

  private async createWorkspace(workspace: NewWorkspace): Promise<Workspace> {
    const output = await this.command('deals', [
      ...['workspace', 'create', '--name', workspace.name, '--time-zone', workspace.timeZone],
      ...['--country', workspace.country, '--currency', workspace.currency],
      ...(workspace.id === undefined ? [] : ['--id', workspace.id]),
    ]);
    return parseWorkspace(output);
  }

  private command(service: ServiceName, args: readonly string[]): Promise<string> {
    const part = this.parts.find((one) => one.kind === 'migration' && one.service === service);
    if (part?.kind !== 'migration') throw new Error(`The topology has no ${service} service.`);
    // Each run has a log of its own: what several print side by side would be read as one's.
    this.commands += 1;
    return runToEnd({
      name: `${service} ${args.slice(0, 2).join(' ')}`,
      args: [programOf(this.plan, service), ...args],
      env: this.env(part),
      logFile: this.logFile(`${service}-${args[0] ?? 'command'}-${String(this.commands)}`),
    });
  }

  private logFile(name: string): string {
    return join(this.plan.stateDir, 'logs', `${name}.log`);
  }
}

/**
 * Batches of records live for some milliseconds: with room for several of them among the young objects they die there,
 * where the default would carry them on. The image sets the same.
 */
const NODE_OPTIONS = ['--enable-source-maps', '--max-semi-space-size=64'];

const TOKEN_SECONDS = 30 * 24 * 60 * 60;

/** With what the services, which inherit the same environment, expect of a token. */
function tokenFor(plan: Plan, workspaceId: string, roles: readonly Role[]): Promise<string> {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = process.env;
  return issueToken(plan.secrets.jwtSecret, {
    workspaceId,
    roles,
    subject: 'local',
    expiresInSeconds: TOKEN_SECONDS,
    ...(issuer ? { issuer } : {}),
    ...(audience ? { audience } : {}),
  });
}
