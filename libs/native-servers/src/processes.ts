import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from './errors.js';

/** A process that can be told apart from a later one that got the same id. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque start mark; null where the platform does not tell. */
  startedAt: string | null;
}

/** The identity of a living process, or null when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  if (!isAlive(pid)) return null;
  if (process.platform === 'linux') {
    const stat = readProcStat(pid);
    if (stat === null) return null;
    return { pid, startedAt: stat };
  }
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return started === '' ? null : { pid, startedAt: started };
  } catch {
    return { pid, startedAt: null };
  }
}

/** Whether exactly this process (not a later one with its id) still runs. */
export function stillRuns(identity: ProcessIdentity): boolean {
  const current = identify(identity.pid);
  if (current === null) return false;
  return current.startedAt === null || identity.startedAt === null || current.startedAt === identity.startedAt;
}

/** Sends a signal; a process that is already gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

/** Waits until the process is gone. Answers false when it still runs after `timeoutMs`. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (stillRuns(identity)) {
    if (Date.now() >= deadline) return false;
    await sleep(25);
  }
  return true;
}

/** Asks a process to end with `name`, and kills it when it has not gone after `patienceMs`. */
export async function endProcess(identity: ProcessIdentity, name: NodeJS.Signals, patienceMs: number): Promise<void> {
  if (!stillRuns(identity)) return;
  signal(identity.pid, name);
  if (await waitUntilGone(identity, patienceMs)) return;
  if (stillRuns(identity)) signal(identity.pid, 'SIGKILL');
  await waitUntilGone(identity, 5_000);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat (start time in clock ticks since boot); null for a zombie or a process that is gone. */
function readProcStat(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The command (field 2) stands in parentheses and may hold spaces: count fields after its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
