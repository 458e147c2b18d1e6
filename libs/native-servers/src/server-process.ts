import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeServerError } from './errors.js';
import { endProcess, identify, signal, waitUntilGone, type ProcessIdentity } from './processes.js';

/** How to run one server program. */
export interface ServerCommand {
  name: string;
  command: string;
  args: readonly string[];
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd: string;
  uid?: number;
  gid?: number;
  /** Its stdout and stderr are appended here: a file rather than a pipe, so it outlives whoever started it. */
  logFile: string;
  stopSignal: NodeJS.Signals;
  stopPatienceMs: number;
}

/** How a process ended: by an exit code or by a signal. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running server program. */
export interface ServerProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended, however that came about. */
  readonly exited: Promise<Ending>;
  hasExited(): boolean;
  /** What it logged since this start. */
  logged(): string;
  /** Asks it to end, waits, and kills it only when its patience is over. */
  stop(): Promise<void>;
  /** kill -9, and waits until it is gone. */
  kill9(): Promise<void>;
  /** SIGSTOP: it neither runs nor ends, its connections stay open, and whoever talks to it waits. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

/**
 * Starts a server in its own session, so that a terminal's Ctrl-C reaches only its owner, who stops things in order.
 * A watchdog (a shell blocked on a pipe from this process) ends it when this process dies without stopping it.
 *
 * @throws NativeServerError `start_failed` when the program cannot be run at all.
 */
export async function startProcess(command: ServerCommand): Promise<ServerProcess> {
  const logStart = fileSize(command.logFile);
  const log = openSync(command.logFile, 'a');
  const child = spawn(command.command, command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', log, log],
    detached: true,
    ...(command.uid === undefined ? {} : { uid: command.uid }),
    ...(command.gid === undefined ? {} : { gid: command.gid }),
  });
  closeSync(log);
  const exited = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const pid = await spawned(child, command);
  child.unref();
  const watchdog = startWatchdog(pid, command);
  let gone = false;
  const ended = exited.then((ending) => {
    gone = true;
    watchdog.kill('SIGKILL');
    return ending;
  });
  const identity = identify(pid) ?? { pid, startedAt: null };
  return {
    identity,
    exited: ended,
    hasExited: () => gone || child.exitCode !== null || child.signalCode !== null,
    logged: () => readFileSync(command.logFile).subarray(logStart).toString('utf8'),
    stop: async () => {
      await endProcess(identity, command.stopSignal, command.stopPatienceMs);
      await Promise.race([ended, sleep(1_000)]);
    },
    kill9: async () => {
      if (!gone) signal(pid, 'SIGKILL');
      await waitUntilGone(identity, 5_000);
      await Promise.race([ended, sleep(1_000)]);
    },
    pause: () => {
      if (!gone) signal(pid, 'SIGSTOP');
    },
    resume: () => {
      if (!gone) signal(pid, 'SIGCONT');
    },
  };
}

/** Waits until `isReady` says so. Fails at once when the process ends before. */
export async function waitUntilReady(
  server: ServerProcess,
  name: string,
  timeoutMs: number,
  isReady: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await isReady()) return;
    if (server.hasExited())
      throw new NativeServerError('start_failed', `${name} ended while starting. ${tail(server)}`);
    if (Date.now() > deadline) {
      await server.kill9();
      throw new NativeServerError(
        'start_failed',
        `${name} was not ready after ${String(timeoutMs / 1000)} s. ${tail(server)}`,
      );
    }
    await sleep(50);
  }
}

function tail(server: ServerProcess): string {
  const lines = server.logged().trimEnd().split('\n');
  return `The end of its log:\n${lines.slice(-15).join('\n')}`;
}

function spawned(child: ChildProcess, command: ServerCommand): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new NativeServerError('start_failed', `${command.name}: cannot run ${command.command}: ${error.message}`));
    });
    child.once('spawn', () => {
      if (child.pid === undefined) reject(new NativeServerError('start_failed', `${command.name} has no process id.`));
      else resolve(child.pid);
    });
  });
}

/**
 * `cat` returns when the pipe's other end closes, which the system does however this process ends. The shell then stops
 * the server, and kills it if that takes too long.
 */
function startWatchdog(pid: number, command: ServerCommand): ChildProcess {
  const seconds = Math.ceil(command.stopPatienceMs / 1000);
  const script =
    `cat >/dev/null; kill -${command.stopSignal.slice(3)} "$1" 2>/dev/null || exit 0; n=0; ` +
    `while kill -0 "$1" 2>/dev/null; do n=$((n+1)); if [ $n -gt ${String(seconds)} ]; then kill -KILL "$1"; exit 0; fi; sleep 1; done`;
  const watchdog = spawn('/bin/sh', ['-c', script, `ponte-watchdog-${command.name.toLowerCase()}`, String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => undefined); // Without a shell a killed owner leaves the server to the next start, which ends it.
  watchdog.stdin.on('error', () => undefined);
  watchdog.unref();
  if ('unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') watchdog.stdin.unref();
  return watchdog;
}

function fileSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
