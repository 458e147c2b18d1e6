import type { DirectoryLock } from './directory-lock.js';
import { startProcess, waitUntilReady, type Ending, type ServerCommand, type ServerProcess } from './server-process.js';

/** A real server that runs as a child of this process, on a data directory that outlives it. */
export interface NativeServer {
  /** The process id of the present run. */
  readonly pid: number;
  readonly port: number;
  readonly logFile: string;
  isRunning(): boolean;
  /** Resolves when the present run ends, wanted or not. */
  exited(): Promise<Ending>;
  /** Stops it cleanly, waits until it is gone and frees the data directory. Calling it twice is fine. */
  stop(): Promise<void>;
  /** `kill -9`; the data directory stays held by this process, and `start()` brings the server back on it. */
  kill9(): Promise<void>;
  /** SIGSTOP to its main process; of a Postgres, the processes that serve its connections run on. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Starts it again on the same port and data after `stop()` or `kill9()`; resolves when it is ready. */
  start(): Promise<void>;
  /** `stop()` and `start()`. */
  restart(): Promise<void>;
}

/** What differs between the servers. */
export interface ServerKind {
  port: number;
  takeLock(): Promise<DirectoryLock>;
  /** Brings the directory into shape and says what to run. Called under the lock before every start. */
  prepare(): Promise<ServerCommand>;
  readyTimeoutMs: number;
  isReady(server: ServerProcess): boolean | Promise<boolean>;
  /** Turns a failed start into the most telling error. */
  explain(error: unknown): unknown;
}

/** Runs one kind of server: lock, prepare, start, wait until it is ready. */
export async function runServer(kind: ServerKind): Promise<NativeServer> {
  let lock: DirectoryLock | null = null;
  let current: { command: ServerCommand; server: ServerProcess } | null = null;

  const start = async (): Promise<{ command: ServerCommand; server: ServerProcess }> => {
    lock ??= await kind.takeLock();
    let server: ServerProcess | null = null;
    try {
      const command = await kind.prepare();
      server = await startProcess(command);
      lock.noteProcess(server.identity);
      const started = server;
      await waitUntilReady(started, command.name, kind.readyTimeoutMs, () => kind.isReady(started));
      return { command, server };
    } catch (error) {
      await server?.kill9();
      lock.release();
      lock = null;
      throw kind.explain(error);
    }
  };
  const stop = async (): Promise<void> => {
    await current?.server.stop();
    lock?.release();
    lock = null;
  };

  const first = await start();
  current = first;
  const present = (): { command: ServerCommand; server: ServerProcess } => current ?? first;
  const startAgain = async (): Promise<void> => {
    if (!present().server.hasExited()) return;
    current = await start();
  };
  return {
    get pid() {
      return present().server.identity.pid;
    },
    port: kind.port,
    logFile: first.command.logFile,
    isRunning: () => !present().server.hasExited(),
    exited: () => present().server.exited,
    stop,
    kill9: () => present().server.kill9(),
    pause: () => {
      present().server.pause();
    },
    resume: () => {
      present().server.resume();
    },
    start: startAgain,
    restart: async () => {
      await stop();
      await startAgain();
    },
  };
}
