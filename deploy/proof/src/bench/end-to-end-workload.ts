import { measureLatency, measureThroughput, type LatencyFigures, type ThroughputFigures } from './end-to-end.js';
import { latencyTable } from './latency-table.js';
import type { Bench, Measured, Workload } from './workload.js';

/** W2: from a payload that is posted to the receiver that is called. */
export const endToEndWorkload: Workload = {
  name: 'W2',
  is: 'end to end, payload posted to receiver called',
  measure,
};

export interface EndToEndFigures {
  /** Of the open loops, in the order of their rates. */
  readonly latencies: readonly LatencyFigures[];
  readonly throughput: ThroughputFigures;
}

/** Payloads before anything is measured. */
export const WARMING_UP = 1_000;

/** What is posted where. */
export interface EndToEndLoad {
  readonly hookUrls: readonly string[];
  /** Payloads a second of each open loop. */
  readonly rates: readonly number[];
  /** Of each open loop. */
  readonly seconds: number;
  /** Of the closed loop. */
  readonly payloads: number;
}

async function measure(bench: Bench): Promise<Measured> {
  const { hookUrls } = await bench.world();
  const { seconds, payloads } = bench.sizes;
  const figures = await measureEndToEnd(bench, 'W2', { hookUrls, rates: [50, 200], seconds: seconds * 1.5, payloads });
  return { text: textOf(figures), figures };
}

/** @param name of the workload, in the lines of progress */
export async function measureEndToEnd(bench: Bench, name: string, load: EndToEndLoad): Promise<EndToEndFigures> {
  const { say } = bench;
  const { hookUrls, rates, seconds, payloads } = load;
  const receiver = await bench.receiver();
  say(name, `warming up: ${WARMING_UP.toLocaleString('en')} payloads`);
  await measureThroughput(hookUrls, receiver, { payloads: WARMING_UP, connections: 32 });
  const latencies: LatencyFigures[] = [];
  for (const perSecond of rates) {
    say(name, `open loop, ${String(perSecond)}/s for ${String(seconds)} s`);
    latencies.push(await measureLatency(hookUrls, receiver, { perSecond, seconds }));
  }
  say(name, `closed loop, ${String(payloads)} payloads`);
  const throughput = await measureThroughput(hookUrls, receiver, { payloads, connections: 64 });
  return { latencies, throughput };
}

function textOf({ latencies, throughput }: EndToEndFigures): string {
  return [
    latencyTable(
      '',
      latencies.map((figures) => [`open loop ${String(figures.perSecond)}/s`, figures]),
    ),
    `closed loop: ${String(throughput.arrived)} of ${String(throughput.payloads)} arrived, ` +
      `${throughput.acceptedPerSecond.toFixed(0)} accepted/s, ${throughput.deliveredPerSecond.toFixed(0)} delivered/s`,
  ].join('\n');
}
