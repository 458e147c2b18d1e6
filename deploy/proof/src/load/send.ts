import { Agent, request } from 'node:http';
import type { PlannedPayload } from './plan.js';

/** What a sender knows of one payload after its last try. */
export interface Sent {
  readonly payload: PlannedPayload;
  /** The id in the 200; null where no try was ever acknowledged. */
  readonly requestId: string | null;
  readonly tries: number;
  /** Wall-clock milliseconds. */
  readonly intendedAtMs: number;
  readonly acknowledgedAtMs: number | null;
}

export interface SendOptions {
  /** Hook URLs, by target. */
  readonly urls: readonly string[];
  /** A post that got no 200 is sent again with its delivery id, until then. */
  readonly giveUpAfterMs: number;
  readonly onProgress?: (progress: { sent: number; acknowledged: number }) => void;
}

const MAX_SOCKETS = 256;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Posts each payload at its time, never waiting for the ones before (open loop: a slow answer delays no later send, so
 * latencies count from the intended time and hide nothing).
 */
export async function runOpenLoop(plan: readonly PlannedPayload[], options: SendOptions): Promise<Sent[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const startMs = Date.now() + 50;
  let sent = 0;
  let acknowledged = 0;
  const one = async (payload: PlannedPayload): Promise<Sent> => {
    const intendedAtMs = startMs + payload.dueMs;
    await sleep(Math.max(0, intendedAtMs - Date.now()));
    sent += 1;
    const result = await sendUntilAcknowledged(payload, intendedAtMs, options, agent);
    if (result.requestId !== null) acknowledged += 1;
    return result;
  };
  const ticker = setInterval(() => options.onProgress?.({ sent, acknowledged }), 1000);
  try {
    return await Promise.all(plan.map(one));
  } finally {
    clearInterval(ticker);
    agent.destroy();
  }
}

/** Posts payloads one after the other on each of so many connections, as fast as they are acknowledged (closed loop). */
export async function runClosedLoop(
  plan: readonly PlannedPayload[],
  connections: number,
  options: Omit<SendOptions, 'onProgress'>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const waiting = plan.values();
  const connection = async (): Promise<void> => {
    for (const payload of waiting) await sendUntilAcknowledged(payload, Date.now(), options, agent);
  };
  try {
    await Promise.all(Array.from({ length: connections }, connection));
  } finally {
    agent.destroy();
  }
}

async function sendUntilAcknowledged(
  payload: PlannedPayload,
  intendedAtMs: number,
  { urls, giveUpAfterMs }: SendOptions,
  agent: Agent,
): Promise<Sent> {
  const url = urls[payload.target];
  if (url === undefined) throw new Error(`The plan names target ${String(payload.target)}, and there is none.`);
  for (let tries = 1; ; tries += 1) {
    const requestId = await post(url, payload, agent);
    if (requestId !== null) return { payload, requestId, tries, intendedAtMs, acknowledgedAtMs: Date.now() };
    if (Date.now() - intendedAtMs > giveUpAfterMs) {
      return { payload, requestId: null, tries, intendedAtMs, acknowledgedAtMs: null };
    }
    await sleep(Math.min(250 * tries, 2000));
  }
}

/** The request id where the answer is a 200, null for any other answer and for none. */
function post(url: string, payload: PlannedPayload, agent: Agent): Promise<string | null> {
  return new Promise((resolve) => {
    const call = request(
      url,
      {
        method: 'POST',
        agent,
        timeout: 10_000,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(payload.body),
          'idempotency-key': payload.deliveryId,
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('error', () => {
          resolve(null);
        });
        answer.on('end', () => {
          resolve(answer.statusCode === 200 ? requestIdOf(text) : null);
        });
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => {
      resolve(null);
    });
    call.end(payload.body);
  });
}

function requestIdOf(text: string): string | null {
  const body: unknown = JSON.parse(text);
  return typeof body === 'object' && body !== null && 'requestId' in body && typeof body.requestId === 'string'
    ? body.requestId
    : null;
}
