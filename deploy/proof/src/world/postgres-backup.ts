import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Controlled } from '@ponte/local';
import { Client } from 'pg';

/**
 * A backup of a running Postgres by copying its files, as its manual describes it. Resolves with the folder.
 *
 * Source: https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function takeBackup(dataDir: string, superuserUrl: string): Promise<string> {
  const [pgdata, backup] = [join(dataDir, 'pgdata'), join(dataDir, 'backup')];
  const client = new Client({ connectionString: superuserUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start('fault ledger', true)`);
    // Files that go away meanwhile are no matter: the log of writes brings back what they held.
    await copy(pgdata, backup);
    for (const left of ['postmaster.pid', 'pg_wal']) rmSync(join(backup, left), { recursive: true, force: true });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    const label = join(backup, 'backup_label');
    writeFileSync(label, rows[0]?.labelfile ?? '');
    const { uid, gid } = statSync(join(pgdata, 'PG_VERSION'));
    chownSync(label, uid, gid);
    chmodSync(label, 0o600);
    await copy(join(pgdata, 'pg_wal'), join(backup, 'pg_wal'));
    return backup;
  } finally {
    await client.end();
  }
}

/**
 * Beside whatever else this process does: the load goes on.
 *
 * @throws Error where anything else went wrong than that a file went away meanwhile
 */
export function copy(from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('cp', ['-a', from, to], { env: { ...process.env, LC_ALL: 'C' } }, (error, _, told) => {
      const lines = told.split('\n').filter(Boolean);
      const onlyGone = lines.length > 0 && lines.every((line) => GONE.test(line)) && existsSync(to);
      if (error === null || onlyGone) resolve();
      else reject(error);
    });
  });
}

const GONE = /^cp: cannot (stat|open) .*: No such file or directory$/;

/** Kills the server, puts the backup in the place of its data, and starts it. */
export async function restoreBackup(server: Controlled, dataDir: string): Promise<void> {
  await server.kill9();
  rmSync(join(dataDir, 'lost'), { recursive: true, force: true });
  renameSync(join(dataDir, 'pgdata'), join(dataDir, 'lost'));
  renameSync(join(dataDir, 'backup'), join(dataDir, 'pgdata'));
  await server.start();
}
