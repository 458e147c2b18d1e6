import { setTimeout as sleep } from 'node:timers/promises';

/** What stands before several instances: it knows which are ready, and tries another where one is not there any more. */
export interface Balancer {
  /** Base URLs to try, in order: those that are ready take turns at being first, the others come last. */
  order(): readonly string[];
  /** Whether any instance was ready when it was last asked. */
  anyReady(): boolean;
  close(): Promise<void>;
}

const EVERY_MS = 200;

/** Asks each instance's own readiness all the time, as a balancer would. Resolves when each was asked once. */
export async function startBalancer(bases: readonly string[]): Promise<Balancer> {
  const ready = new Set<string>();
  const stop = new AbortController();
  let turn = 0;
  const look = async (base: string): Promise<void> => {
    if (await isReady(`${base}/health/ready`, stop.signal)) ready.add(base);
    else ready.delete(base);
  };
  await Promise.all(bases.map(look));
  const watching = bases.map(async (base) => {
    while (!stop.signal.aborted) {
      await sleep(EVERY_MS);
      await look(base);
    }
  });
  return {
    order: () => {
      const taking = bases.filter((base) => ready.has(base));
      const first = taking.length === 0 ? 0 : turn++ % taking.length;
      return [...taking.slice(first), ...taking.slice(0, first), ...bases.filter((base) => !ready.has(base))];
    },
    anyReady: () => ready.size > 0,
    close: async () => {
      stop.abort();
      await Promise.all(watching);
    },
  };
}

async function isReady(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(1_000)]) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
