import { setTimeout as sleep } from 'node:timers/promises';
import type { Receiver } from '@ponte/testing';
import { runClosedLoop, runOpenLoop } from '../load/send.js';
import type { PlannedPayload } from '../load/plan.js';
import { percentilesOf, type Percentiles } from './percentiles.js';

export interface LatencyFigures {
  readonly perSecond: number;
  readonly sent: number;
  readonly arrived: number;
  /** Milliseconds from the intended send to the arrival of the call at the receiver. */
  readonly latencyMs: Percentiles;
}

export interface ThroughputFigures {
  readonly payloads: number;
  readonly arrived: number;
  readonly acceptedPerSecond: number;
  readonly deliveredPerSecond: number;
}

/** Each payload is about a person of its own, so that it makes one deal and one call; the mark finds it at the receiver. */
export function planMarked(mark: string, count: number, perSecond: number, targets: number): PlannedPayload[] {
  return Array.from({ length: count }, (_, index) => ({
    dueMs: perSecond === Number.POSITIVE_INFINITY ? 0 : (index * 1000) / perSecond,
    target: index % targets,
    deliveryId: `${mark}-${String(index)}`,
    body: JSON.stringify({
      contact_name: `Pessoa ${String(index)}`,
      contact_email: `${mark}.${String(index)}@example.com`,
      contact_marca: `${mark}-${String(index)}`,
      contact_observacao: 'x'.repeat(800),
    }),
  }));
}

/** When each mark first arrived, from the calls of the receiver that carry `contact_marca`. */
function arrivalsOf(receiver: Receiver, mark: string): Map<string, number> {
  const arrivals = new Map<string, number>();
  for (const call of receiver.calls()) {
    const found = /"contact_marca":"([^"]+)"/.exec(call.body)?.[1];
    if (found?.startsWith(`${mark}-`) && !arrivals.has(found)) arrivals.set(found, call.arrivedAt);
  }
  return arrivals;
}

async function waitForArrivals(receiver: Receiver, mark: string, count: number): Promise<Map<string, number>> {
  let before = -1;
  let quietFor = 0;
  for (;;) {
    const arrivals = arrivalsOf(receiver, mark);
    if (arrivals.size >= count) return arrivals;
    quietFor = arrivals.size === before ? quietFor + 1 : 0;
    if (quietFor > 100) return arrivals;
    before = arrivals.size;
    await sleep(200);
  }
}

/** W2, open loop: latency at a fixed rate, counted from the intended time of each send (no coordinated omission). */
export async function measureLatency(
  urls: readonly string[],
  receiver: Receiver,
  shape: { perSecond: number; seconds: number },
): Promise<LatencyFigures> {
  const mark = `open${String(shape.perSecond)}t${Date.now().toString(36)}`;
  const count = Math.round(shape.perSecond * shape.seconds);
  const sent = await runOpenLoop(planMarked(mark, count, shape.perSecond, urls.length), {
    urls,
    giveUpAfterMs: 30_000,
  });
  const arrivals = await waitForArrivals(receiver, mark, count);
  const latencies = sent.flatMap((one) => {
    const arrivedAt = arrivals.get(one.payload.deliveryId);
    return arrivedAt === undefined ? [] : [arrivedAt - one.intendedAtMs];
  });
  return { perSecond: shape.perSecond, sent: count, arrived: arrivals.size, latencyMs: percentilesOf(latencies) };
}

/** W2, closed loop: so many payloads as fast as they are accepted, until the last one has reached the receiver. */
export async function measureThroughput(
  urls: readonly string[],
  receiver: Receiver,
  shape: { payloads: number; connections: number },
): Promise<ThroughputFigures> {
  const mark = `closed${Date.now().toString(36)}`;
  const plan = planMarked(mark, shape.payloads, Number.POSITIVE_INFINITY, urls.length);
  const startedMs = Date.now();
  await runClosedLoop(plan, shape.connections, { urls, giveUpAfterMs: 30_000 });
  const acceptedMs = Date.now();
  const arrivals = await waitForArrivals(receiver, mark, shape.payloads);
  const lastMs = Math.max(...arrivals.values());
  return {
    payloads: shape.payloads,
    arrived: arrivals.size,
    acceptedPerSecond: (shape.payloads * 1000) / (acceptedMs - startedMs),
    deliveredPerSecond: (arrivals.size * 1000) / (lastMs - startedMs),
  };
}
