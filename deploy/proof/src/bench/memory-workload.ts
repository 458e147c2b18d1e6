import { setTimeout as sleep } from 'node:timers/promises';
import { table } from '../table.js';
import { measureThroughput } from './end-to-end.js';
import { residentMiB, watchMemory } from './memory.js';
import type { Bench, Measured, Workload } from './workload.js';

/** How much memory each service holds. */
export const memoryWorkload: Workload = { name: 'MEMORY', is: 'resident memory of each service', measure };

const SERVICES = ['ingress', 'deals', 'dispatcher'] as const;
const IDLE_MS = 5_000;

interface MemoryFigures {
  readonly service: string;
  readonly idleMiB: number | null;
  readonly peakMiB: number | null;
  readonly afterMiB: number | null;
}

async function measure(bench: Bench): Promise<Measured> {
  const { stack } = await bench.stack();
  const { hookUrls } = await bench.world();
  const receiver = await bench.receiver();
  bench.say('MEMORY', 'from a start: idle, under load, after it');
  for (const name of SERVICES) {
    await stack.process(name).stop();
    await stack.process(name).start();
  }
  await sleep(IDLE_MS);
  const watched = SERVICES.map((service) => {
    const { pid } = stack.process(service);
    return { service, pid, idleMiB: residentMiB(pid), watch: watchMemory(pid) };
  });
  await measureThroughput(hookUrls, receiver, { payloads: bench.sizes.payloads, connections: 64 });
  const peaks = watched.map(({ watch }) => watch.peakMiB());
  await sleep(IDLE_MS);
  const figures = watched.map(({ service, pid, idleMiB }, index): MemoryFigures => ({
    ...{ service, idleMiB, peakMiB: peaks[index] ?? null, afterMiB: residentMiB(pid) },
  }));
  return { text: textOf(figures), figures: { payloads: bench.sizes.payloads, services: figures } };
}

function textOf(figures: readonly MemoryFigures[]): string {
  return table(
    ['', 'idle MiB', 'peak under load', 'after it'],
    figures.map((one) => [one.service, one.idleMiB ?? '?', one.peakMiB ?? '?', one.afterMiB ?? '?']),
  );
}
