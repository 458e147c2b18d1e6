import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NativeServerError, systemErrorCode } from './errors.js';
import { endProcess, identify, stillRuns, type ProcessIdentity } from './processes.js';

/** What the lock file of a directory says: who holds it, and the processes that the holder started. */
interface LockContent {
  owner: ProcessIdentity;
  started: ProcessIdentity[];
}

/** Holds a directory for one owner, so that two starts never share it and what was left behind is ended. */
export interface DirectoryLock {
  /** Notes a process that was started, so that the next start can end it when this owner died without doing so. */
  noteProcess(started: ProcessIdentity): void;
  release(): void;
}

const LOCK_FILE = 'ponte.lock';

/**
 * Takes the lock of a directory. A lock whose owner is dead is taken over, after the processes that the owner left behind
 * have been ended, the latest first.
 *
 * @param what names what runs there, for messages: `Kafka`
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
    if (tryCreate(file, { owner, started: [] })) return lockOf(file, owner);
    const held = read(file);
    if (held !== null && stillRuns(held.owner)) {
      throw new NativeServerError(
        'directory_in_use',
        `${what} already runs on ${dataDir}, started by process ${String(held.owner.pid)}. ` +
          `Stop that one first, or use another directory.`,
      );
    }
    await clearStale(file, what, log);
  }
}

/**
 * Takes a stale lock away and ends what its owner left behind. Of several starters only one can rename it; and should
 * another have been faster, so that the lock moved here is its fresh one, that one is put back.
 */
async function clearStale(file: string, what: string, log: (line: string) => void): Promise<void> {
  const aside = `${file}.stale.${randomUUID()}`;
  if (!tryRename(file, aside)) return;
  const held = read(aside);
  if (held !== null && stillRuns(held.owner)) {
    tryLink(aside, file);
    rmSync(aside, { force: true });
    return;
  }
  for (const leftOver of (held?.started ?? []).filter(stillRuns).reverse()) {
    log(`ending a process of ${what} that a killed owner left behind (pid ${String(leftOver.pid)})`);
    await endProcess(leftOver, what === 'Postgres' ? 'SIGINT' : 'SIGTERM', 10_000);
  }
  rmSync(aside, { force: true });
}

function lockOf(file: string, owner: ProcessIdentity): DirectoryLock {
  let started: ProcessIdentity[] = [];
  return {
    noteProcess: (identity) => {
      started = [...started.filter(stillRuns), identity];
      const next = `${file}.next.${String(process.pid)}`;
      writeFileSync(next, JSON.stringify({ owner, started } satisfies LockContent));
      renameSync(next, file);
    },
    release: () => {
      rmSync(file, { force: true });
    },
  };
}

/** The lock appears with all its content at once: an empty one would look stale to whoever reads it that moment. */
function tryCreate(file: string, content: LockContent): boolean {
  const fresh = `${file}.new.${randomUUID()}`;
  writeFileSync(fresh, JSON.stringify(content));
  try {
    return tryLink(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
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
    const started = 'started' in value && Array.isArray(value.started) ? (value.started as unknown[]) : [];
    return { owner, started: started.map(parseIdentity).filter((each) => each !== null) };
  } catch {
    return null;
  }
}

function parseIdentity(value: unknown): ProcessIdentity | null {
  if (typeof value !== 'object' || value === null || !('pid' in value) || typeof value.pid !== 'number') return null;
  const startedAt = 'startedAt' in value && typeof value.startedAt === 'string' ? value.startedAt : null;
  return { pid: value.pid, startedAt };
}
