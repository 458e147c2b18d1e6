import { measureLatency, measureThroughput, type LatencyFigures, type ThroughputFigures } from './end-to-end.js';
import { latencyTable } from './latency-table.js';
import type { Bench, Measured, Workload } from './workload.js';

/** W2: from a payload that is posted to the receiver that is called. */
export const endToEndWorkload: Workload = {
  name: 'W2',
  is: 'end to end, payload posted to receiver called',
  measure,
};

async function measure(bench: Bench): Promise<Measured> {
  const { say, sizes } = bench;
  const { hookUrls } = await bench.world();
  const receiver = await bench.receiver();
  say('W2', 'warming up: 1,000 payloads');
  await measureThroughput(hookUrls, receiver, { payloads: 1000, connections: 32 });
  const latencies: LatencyFigures[] = [];
  for (const perSecond of [50, 200]) {
    const seconds = sizes.seconds * 1.5;
    say('W2', `open loop, ${String(perSecond)}/s for ${String(seconds)} s`);
    latencies.push(await measureLatency(hookUrls, receiver, { perSecond, seconds }));
  }
  say('W2', `closed loop, ${String(sizes.payloads)} payloads`);
  const throughput = await measureThroughput(hookUrls, receiver, { payloads: sizes.payloads, connections: 64 });
  return { text: textOf(latencies, throughput), figures: { latencies, throughput } };
}

function textOf(latencies: readonly LatencyFigures[], throughput: ThroughputFigures): string {
  return [
    latencyTable(
      '',
      latencies.map((figures) => [`open loop ${String(figures.perSecond)}/s`, figures]),
    ),
    `closed loop: ${String(throughput.arrived)} of ${String(throughput.payloads)} arrived, ` +
      `${throughput.acceptedPerSecond.toFixed(0)} accepted/s, ${throughput.deliveredPerSecond.toFixed(0)} delivered/s`,
  ].join('\n');
}
