import { setTimeout as sleep } from 'node:timers/promises';
import {
  startProcess,
  waitUntilReady,
  type Ending,
  type NativeServer,
  type ProcessIdentity,
  type ServerProcess,
} from '@ponte/native-servers';
import { ROOT } from './root.js';

/** A process of the stack that can be stopped, killed and started again by whoever holds it. */
export interface Controlled {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  isRunning(): boolean;
  /** SIGTERM (which drains), and waits until it is gone. */
  stop(): Promise<void>;
  /** `kill -9`, and waits until it is gone. */
  kill9(): Promise<void>;
  /** SIGSTOP: its connections stay open, and nothing comes of them. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Starts it again after `stop` or `kill9`; resolves when it is ready. */
  start(): Promise<void>;
  /** Starts it and does not wait until it is ready: what it needs may be away. Servers wait all the same. */
  launch(): Promise<void>;
  /** Resolves when its present run ends. */
  exited(): Promise<Ending>;
}

export interface ServiceSpec {
  name: string;
  /** Arguments of node: script first. */
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  logFile: string;
  /** URLs that answer 2xx once it is ready. */
  ready: readonly string[];
  readyTimeoutMs: number;
  /** Called with each new process, so that a later start can end it if this one dies. */
  onStarted(identity: ProcessIdentity): void;
}

const DRAIN_MS = 20_000;

/** Starts a service as a process of its own and resolves when it is ready. */
export async function startService(spec: ServiceSpec): Promise<Controlled> {
  let current = await launch(spec);
  return {
    name: spec.name,
    logFile: spec.logFile,
    get pid() {
      return current.identity.pid;
    },
    isRunning: () => !current.hasExited(),
    stop: () => current.stop(),
    kill9: () => current.kill9(),
    pause: () => {
      current.pause();
    },
    resume: () => {
      current.resume();
    },
    start: async () => {
      if (current.hasExited()) current = await launch(spec);
    },
    launch: async () => {
      if (!current.hasExited()) return;
      current = await startProcess(command(spec));
      spec.onStarted(current.identity);
    },
    exited: () => current.exited,
  };
}

/** A server as a process of the stack. `Object.assign` onto it keeps its accessors (the pid changes with a restart). */
export function controlled(name: string, server: NativeServer): Controlled {
  return Object.assign(server, { name, launch: () => server.start() });
}

/**
 * Runs a node script of the repository to its end.
 *
 * @throws Error with the end of its log when it fails
 */
export async function runToEnd(spec: Pick<ServiceSpec, 'name' | 'args' | 'env' | 'logFile'>): Promise<string> {
  const job = await startProcess({ ...command(spec), stopPatienceMs: DRAIN_MS });
  // The child alone keeps this process no longer alive than its owner wants: whoever waits for its end does.
  const stay = setInterval(() => undefined, 60_000);
  const { code, signal } = await job.exited.finally(() => {
    clearInterval(stay);
  });
  const output = job.logged();
  if (code === 0) return output;
  const ending = signal === null ? `exit code ${String(code)}` : signal;
  throw new Error(`${spec.name} failed (${ending}).\n${output.trim().split('\n').slice(-20).join('\n')}`);
}

async function launch(spec: ServiceSpec): Promise<ServerProcess> {
  const server = await startProcess(command(spec));
  spec.onStarted(server.identity);
  try {
    await waitUntilReady(server, spec.name, spec.readyTimeoutMs, () => allReady(spec.ready));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

function command(spec: Pick<ServiceSpec, 'name' | 'args' | 'env' | 'logFile'>): Parameters<typeof startProcess>[0] {
  return {
    name: spec.name,
    command: process.execPath,
    args: spec.args,
    env: spec.env,
    cwd: ROOT,
    logFile: spec.logFile,
    stopSignal: 'SIGTERM',
    stopPatienceMs: DRAIN_MS,
  };
}

async function allReady(urls: readonly string[]): Promise<boolean> {
  for (const url of urls) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      await answer.body?.cancel();
      if (!answer.ok) return false;
    } catch {
      await sleep(50);
      return false;
    }
  }
  return true;
}
