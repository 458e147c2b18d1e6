import { once } from 'node:events';
import { cpus, release, totalmem, type } from 'node:os';
import { Worker } from 'node:worker_threads';

export type MachineFacts = Readonly<Record<string, string | number>>;

/**
 * What the figures were measured on: without it they say nothing.
 *
 * @param before what `coresAtOnce` gave before the workloads
 * @param after and after them
 */
export function machineFacts(before: number, after: number): MachineFacts {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    coresAtOnceBefore: Number(before.toFixed(2)),
    coresAtOnceAfter: Number(after.toFixed(2)),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
  };
}

const SPIN_MS = 500;

/**
 * How much all cores do at once, in what the fastest of them does alone. Where cores are shared with other machines, or
 * two are halves of one, it is less than their number and changes from minute to minute, which no system tells.
 */
export async function coresAtOnce(): Promise<number> {
  const alone = await roundsOf(1);
  const together = await roundsOf(cpus().length);
  const best = Math.max(...alone, ...together);
  return together.reduce((sum, rounds) => sum + rounds, 0) / best;
}

function roundsOf(workers: number): Promise<number[]> {
  return Promise.all(
    Array.from({ length: workers }, async () => {
      const worker = new Worker(new URL('spin.js', import.meta.url), { workerData: SPIN_MS });
      const [{ rounds }] = (await once(worker, 'message')) as [{ rounds: number }];
      return rounds;
    }),
  );
}
