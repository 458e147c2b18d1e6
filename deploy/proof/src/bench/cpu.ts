import { readdirSync, readFileSync } from 'node:fs';
import { connectDatabase } from '@ponte/service-kit';
import type { Stack } from '@ponte/local';

/** Of /proc: hundredths of a second, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;
const SERVICES = ['ingress', 'deals', 'dispatcher'] as const;

/** What a process has used, in seconds, with what its children had used that are gone. */
interface Used {
  readonly parent: number;
  readonly seconds: number;
}

function usedBy(pid: number): Used | null {
  try {
    // The name of the program, in parentheses, may have spaces in it.
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND };
  } catch {
    return null;
  }
}

/** A process and those that it started. */
function usedByTree(pid: number): number {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const used = all.map((name) => ({ pid: Number(name), ...usedBy(Number(name)) }));
  return used.reduce((sum, one) => (one.pid === pid || one.parent === pid ? sum + (one.seconds ?? 0) : sum), 0);
}

/**
 * Processor seconds that the services and Postgres use while something is done: other than times, they are nearly the
 * same on a machine that does something else too. Null where the system does not tell (it is read from /proc), and where a
 * service went away meanwhile, with what it had used.
 */
export async function cpuSecondsOf<T>(
  stack: Stack,
  work: () => Promise<T>,
): Promise<{ result: T; seconds: number | null }> {
  const postgres = await postgresPid(stack.databaseUrls.deals);
  const used = (): number | null => {
    if (postgres === null) return null;
    const services = SERVICES.map((name) => usedBy(stack.process(name).pid)?.seconds ?? null);
    return services.reduce(
      (sum, seconds) => (sum === null || seconds === null ? null : sum + seconds),
      usedByTree(postgres),
    );
  };
  const pids = () => SERVICES.map((name) => stack.process(name).pid).join();
  const [pidsBefore, before] = [pids(), used()];
  const result = await work();
  const after = used();
  const isWhole = before !== null && after !== null && pids() === pidsBefore;
  return { result, seconds: isWhole ? after - before : null };
}

/** The server that a backend of it was started by. */
async function postgresPid(url: string): Promise<number | null> {
  const database = await connectDatabase({ url, poolSize: 1 });
  try {
    const [backend] = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return (backend && usedBy(backend.pid)?.parent) ?? null;
  } finally {
    await database.close();
  }
}
