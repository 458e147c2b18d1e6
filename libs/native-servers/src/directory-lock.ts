import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NativeServerError, systemErrorCode } from './errors.js';
import { endProcess, identify, stillRuns, type ProcessIdentity } from './processes.js';

/** What the lock file of a data directory says: who started a server on it, and the server itself once it runs. */
interface LockContent {
  owner: ProcessIdentity;
  server: ProcessIdentity | null;
}

/** Holds a data directory for one owner, so that two starts never share it and a left-over server is ended. */
export interface DirectoryLock {
  /** Notes the server's process, so that the next start can end it when this owner died without stopping it. */
  noteServer(server: ProcessIdentity | null): void;
  release(): void;
}

const LOCK_FILE = 'ponte.lock';

/**
 * Takes the lock of a data directory. A lock whose owner is dead is taken over, after the server that the owner left
 * behind has been ended.
 *
 * @throws NativeServerError `directory_in_use` when a living process holds it.
 */
export async function lockDirectory(
  dataDir: string,
  what: string,
  log: (line: string) => void,
): Promise<DirectoryLock> {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, LOCK_FILE);
  const owner: ProcessIdentity = identify(process.pid) ?? { pid: process.pid, startedAt: null };
  for (;;) {
    if (tryCreate(file, { owner, server: null })) return lockOf(file, owner);
    const held = read(file);
    if (held !== null && stillRuns(held.owner)) {
      throw new NativeServerError(
        'directory_in_use',
        `${what} already runs on ${dataDir}, started by process ${String(held.owner.pid)}. ` +
          `Stop that one first, or use another directory.`,
      );
    }
    // Only one of several starters can rename the stale lock away, and so only one ends what was left behind.
    if (!tryRename(file, `${file}.stale.${String(process.pid)}`)) continue;
    if (held?.server && stillRuns(held.server)) {
      log(`ending the ${what} that a killed process left behind (pid ${String(held.server.pid)})`);
      await endProcess(held.server, what === 'Postgres' ? 'SIGINT' : 'SIGTERM', 10_000);
    }
    rmSync(`${file}.stale.${String(process.pid)}`, { force: true });
  }
}

function lockOf(file: string, owner: ProcessIdentity): DirectoryLock {
  return {
    noteServer: (server) => {
      const next = `${file}.next.${String(process.pid)}`;
      writeFileSync(next, JSON.stringify({ owner, server } satisfies LockContent));
      renameSync(next, file);
    },
    release: () => {
      rmSync(file, { force: true });
    },
  };
}

function tryCreate(file: string, content: LockContent): boolean {
  try {
    writeFileSync(file, JSON.stringify(content), { flag: 'wx' });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The lock's content; null when it vanished or a crash cut it short (nobody living is named by it then). */
function read(file: string): LockContent | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null || !('owner' in value)) return null;
    const owner = parseIdentity(value.owner);
    if (owner === null) return null;
    return { owner, server: 'server' in value ? parseIdentity(value.server) : null };
  } catch {
    return null;
  }
}

function parseIdentity(value: unknown): ProcessIdentity | null {
  if (typeof value !== 'object' || value === null || !('pid' in value) || typeof value.pid !== 'number') return null;
  const startedAt = 'startedAt' in value && typeof value.startedAt === 'string' ? value.startedAt : null;
  return { pid: value.pid, startedAt };
}
