import { apiFor } from '@ponte/local';
import { runOpenLoop } from '../load/send.js';
import { makeWorld, type World } from '../world/world.js';
import { measureLatency, planMarked, type LatencyFigures } from './end-to-end.js';
import { latencyTable } from './latency-table.js';
import type { Bench, Measured, Workload } from './workload.js';

/** W3: what a receiver that never answers does to one that does. */
export const isolationWorkload: Workload = { name: 'W3', is: 'isolation, a receiver that never answers', measure };

const PER_SECOND = 100;
const ROUNDS = 3;

async function measure(bench: Bench): Promise<Measured> {
  const { stack } = await bench.stack();
  const receiver = await bench.receiver();
  const shape = { workspaces: 1, mode: 'create_or_update', triggers: ['DealCreated'] } as const;
  const healthy = await makeWorld(stack, { ...receiver, url: `${receiver.url}/healthy` }, shape);
  const silent = await makeWorld(stack, { ...receiver, url: `${receiver.url}/silent` }, shape);
  receiver.behave('/silent/DealCreated', { kind: 'hang' });
  const seconds = bench.sizes.seconds / 2;
  const measureHealthy = () => measureLatency(healthy.hookUrls, receiver, { perSecond: PER_SECOND, seconds });

  await measureHealthy();
  const alone: LatencyFigures[] = [];
  const beside: LatencyFigures[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    bench.say('W3', `alone, ${String(PER_SECOND)}/s for ${String(seconds)} s, round ${String(round)}`);
    alone.push(await measureHealthy());
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    bench.say('W3', `beside a silent one that gets as much, round ${String(round)}`);
    const mark = `silent${String(round)}t${Date.now().toString(36)}`;
    const plan = planMarked(mark, PER_SECOND * seconds, PER_SECOND, 1);
    const sending = runOpenLoop(plan, { urls: silent.hookUrls, giveUpAfterMs: 30_000 });
    beside.push(await measureHealthy());
    await sending;
  }
  await silence(bench, silent);
  receiver.behave('/silent/DealCreated', { kind: 'answer', status: 200 });
  const ratio = medianP95(beside) / medianP95(alone);
  return { text: textOf(alone, beside, ratio), figures: { alone, beside, p95Ratio: ratio } };
}

/** What waits for the silent one must not disturb what is measured next. */
async function silence(bench: Bench, { workspaces, outbound }: World): Promise<void> {
  const { stack } = await bench.stack();
  const [workspace] = workspaces;
  if (workspace === undefined) return;
  const api = apiFor(stack.apiUrls, await stack.token(workspace));
  for (const { integrationId } of outbound) {
    await api.post('dispatcher', `/v1/outbound-integrations/${integrationId}/pause`, {});
  }
}

function medianP95(rounds: readonly LatencyFigures[]): number {
  const sorted = rounds.map(({ latencyMs }) => latencyMs.p95).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function textOf(alone: readonly LatencyFigures[], beside: readonly LatencyFigures[], ratio: number): string {
  const rows = (name: string, rounds: readonly LatencyFigures[]) =>
    rounds.map((figures, index) => [`${name}, round ${String(index + 1)}`, figures] as const);
  return [
    latencyTable('the healthy receiver', [...rows('alone', alone), ...rows('beside a silent one', beside)]),
    `median p95 beside the silent one: ${ratio.toFixed(2)}× of alone`,
  ].join('\n');
}
