import { Agent } from 'node:http';
import type { Balancer } from './balancer.js';
import type { PlannedPayload } from './plan.js';
import { post } from './post.js';
import { Routes } from './routes.js';
import type { PostOutcome, Tallying } from './tally.js';

/** What a sender knows of one payload after its last try. */
export interface Sent {
  readonly payload: PlannedPayload;
  /** The id in the 200; null where no try was ever acknowledged. */
  readonly requestId: string | null;
  readonly tries: number;
  /** Wall-clock milliseconds. */
  readonly intendedAtMs: number;
  /** When the first try was really sent. */
  readonly sentAtMs: number;
  readonly acknowledgedAtMs: number | null;
}

export interface SendOptions {
  /** Hook URLs, by target. */
  readonly urls: readonly string[];
  /** A post that got no 200 is sent again with its delivery id, until then. */
  readonly giveUpAfterMs: number;
  /** Where several instances listen: which of them to post to. A try is over when none of them took it. */
  readonly balancer?: Balancer;
  readonly onProgress?: (progress: { sent: number; acknowledged: number }) => void;
  /** Ends the load early: what is not acknowledged then stays so. */
  readonly signal?: AbortSignal;
  /** Told of every post. */
  readonly tally?: Tallying;
  /** Told of each try that failed although an instance was ready. */
  readonly onRefused?: (payload: PlannedPayload, outcome: PostOutcome) => void;
}

/** What the posts of a load share. */
interface Way {
  readonly agent: Agent;
  readonly routes: Routes;
}

const MAX_SOCKETS = 2_000;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Posts each payload at its time, never waiting for the ones before (open loop: a slow answer delays no later send, so
 * latencies count from the intended time and hide nothing).
 */
export async function runOpenLoop(plan: readonly PlannedPayload[], options: SendOptions): Promise<Sent[]> {
  const way = { agent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }), routes: new Routes(options) };
  const startMs = Date.now() + 50;
  let sent = 0;
  let acknowledged = 0;
  const one = async (payload: PlannedPayload): Promise<Sent> => {
    const intendedAtMs = startMs + payload.dueMs;
    await sleep(Math.max(0, intendedAtMs - Date.now()));
    if (options.signal?.aborted === true) {
      return { payload, requestId: null, tries: 0, intendedAtMs, sentAtMs: intendedAtMs, acknowledgedAtMs: null };
    }
    sent += 1;
    const result = await sendUntilAcknowledged(payload, intendedAtMs, options, way);
    if (result.requestId !== null) acknowledged += 1;
    return result;
  };
  const ticker = setInterval(() => options.onProgress?.({ sent, acknowledged }), 1000);
  try {
    return await Promise.all(plan.map(one));
  } finally {
    clearInterval(ticker);
    way.agent.destroy();
  }
}

/** Posts payloads one after the other on each of so many connections, as fast as they are acknowledged (closed loop). */
export async function runClosedLoop(
  plan: readonly PlannedPayload[],
  connections: number,
  options: Omit<SendOptions, 'onProgress'>,
): Promise<void> {
  const way = { agent: new Agent({ keepAlive: true, maxSockets: connections }), routes: new Routes(options) };
  const waiting = plan.values();
  const connection = async (): Promise<void> => {
    for (const payload of waiting) await sendUntilAcknowledged(payload, Date.now(), options, way);
  };
  try {
    await Promise.all(Array.from({ length: connections }, connection));
  } finally {
    way.agent.destroy();
  }
}

async function sendUntilAcknowledged(
  payload: PlannedPayload,
  intendedAtMs: number,
  options: SendOptions,
  way: Way,
): Promise<Sent> {
  const sentAtMs = Date.now();
  for (let tries = 1; ; tries += 1) {
    const requestId = await tryOnce(payload, options, way);
    if (requestId !== null) return { payload, requestId, tries, intendedAtMs, sentAtMs, acknowledgedAtMs: Date.now() };
    if (Date.now() - intendedAtMs > options.giveUpAfterMs || options.signal?.aborted === true) {
      return { payload, requestId: null, tries, intendedAtMs, sentAtMs, acknowledgedAtMs: null };
    }
    await sleep(Math.min(250 * tries, 2000));
  }
}

/** One try: one post, or as many as there are instances to go to. The request id where one answered 200. */
async function tryOnce(
  payload: PlannedPayload,
  { balancer, tally, onRefused }: SendOptions,
  { agent, routes }: Way,
): Promise<string | null> {
  const couldBeServed = balancer?.anyReady() ?? false;
  let last: PostOutcome | null = null;
  for (const url of routes.to(payload.target)) {
    last = await post(url, payload, agent);
    tally?.add(last);
    if (last.requestId !== null) return last.requestId;
  }
  if (couldBeServed && last !== null) onRefused?.(payload, last);
  return null;
}
