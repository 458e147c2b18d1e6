import { execFile, execFileSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NativeServerError } from './errors.js';
import type { PostgresBinaries } from './postgres-binaries.js';

/** How to run a Postgres program on a data directory, given that Postgres refuses to be root. */
export interface PostgresUser {
  /** What to run instead of `program args`. */
  command(program: string, args: readonly string[]): { command: string; args: string[]; uid?: number; gid?: number };
  /** Gives a file or folder to that user. */
  own(path: string): void;
}

const run = promisify(execFile);
const SYSTEM_USER = 'postgres';
/** Root, seen under another id: still the owner of root's files, and no longer root to Postgres. */
const NAMESPACE = ['--user', '--map-user=1000', '--map-group=1000', '--'];

const asCaller: PostgresUser = { command: (command, args) => ({ command, args: [...args] }), own: () => undefined };
const asRootInNamespace: PostgresUser = {
  command: (program, args) => ({ command: 'unshare', args: [...NAMESPACE, program, ...args] }),
  own: () => undefined,
};

/**
 * An ordinary user runs Postgres as itself. Root runs it as the system user `postgres` (made if missing); where that user
 * cannot reach the programs or the data (a clone below /root, or in a private temporary folder) root runs it in a user
 * namespace. A directory that exists stays with whoever owns it.
 *
 * @throws NativeServerError `unreachable_for_postgres_user`
 */
export async function choosePostgresUser(binaries: PostgresBinaries, dataDir: string): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return asCaller;
  const owner = statSync(join(dataDir, 'pgdata'), { throwIfNoEntry: false })?.uid;
  if (owner === 0) return asRootInNamespace;
  const system = asSystemUser();
  if (await canRun(system, binaries, dataDir)) return system;
  if (owner === undefined && (await canRun(asRootInNamespace, binaries, dataDir))) return asRootInNamespace;
  throw new NativeServerError(
    'unreachable_for_postgres_user',
    `Postgres refuses to run as root, so it runs as the user "${SYSTEM_USER}", who cannot reach ${dataDir} or ` +
      `${binaries.postgres}. Run as an ordinary user, or move to a folder that others may enter.`,
  );
}

async function canRun(user: PostgresUser, binaries: PostgresBinaries, dataDir: string): Promise<boolean> {
  try {
    for (const [program, args] of [
      [binaries.postgres, ['--version']],
      ['ls', ['-d', join(dataDir, '.')]],
    ] as const) {
      const { command, args: all, ...ids } = user.command(program, args);
      await run(command, all, { ...ids, cwd: '/' });
    }
    return true;
  } catch {
    return false;
  }
}

function asSystemUser(): PostgresUser {
  const ids = lookUp() ?? makeUser();
  return {
    command: (command, args) => ({ command, args: [...args], ...ids }),
    own: (path) => {
      chownSync(path, ids.uid, ids.gid);
    },
  };
}

function makeUser(): { uid: number; gid: number } {
  execFileSync('useradd', ['--system', '--user-group', '--no-create-home', SYSTEM_USER], { stdio: 'pipe' });
  const made = lookUp();
  if (made !== null) return made;
  const message = `Postgres refuses to run as root, and the user "${SYSTEM_USER}" could not be made.`;
  throw new NativeServerError('start_failed', message);
}

function lookUp(): { uid: number; gid: number } | null {
  try {
    const id = (flag: string): number => Number(execFileSync('id', [flag, SYSTEM_USER], { stdio: 'pipe' }).toString());
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}
