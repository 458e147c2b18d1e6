import type { Readable } from 'node:stream';
import axios, { isAxiosError, type AxiosResponse } from 'axios';
import type { Attempt, AttemptOutcome } from './attempt.js';
import { attemptErrorCode } from './attempt-error.js';
import type { Method } from './delivery.js';
import type { ReceiverAgents } from './receiver-agents.js';

/** A call as it goes out. */
export interface ReceiverCall {
  readonly method: Method;
  readonly url: URL;
  /** Where it is really sent, where that isn't the URL's own host; the `host` header stays the URL's. */
  readonly via: URL | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface CallOptions {
  readonly agents: ReceiverAgents;
  /** From before the name is resolved to the end of the answer, in ms. */
  readonly timeoutMs: number;
  /** Whether addresses are filtered (private networks are refused). */
  readonly guarded: boolean;
}

/** How much of an answer is kept. */
const KEPT_BYTES = 4 * 1024;

/** How much is read at most, so that the connection can be used again; what is longer costs the connection. */
const READ_BYTES = 64 * 1024;

/** Makes one call. Never rejects: what went wrong is the attempt's outcome. */
export async function callReceiver(call: ReceiverCall, options: CallOptions): Promise<Attempt> {
  const startedAt = new Date();
  const start = performance.now();
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const { outcome, responseBody } = await attempt(call, options, deadline);
  return { outcome, startedAt, durationMs: Math.round(performance.now() - start), responseBody };
}

interface Answer {
  readonly outcome: AttemptOutcome;
  readonly responseBody: string | null;
}

async function attempt(call: ReceiverCall, options: CallOptions, deadline: AbortSignal): Promise<Answer> {
  try {
    const response = await requestOnce(call, options, deadline).catch((error: unknown) => {
      if (diedIdle(error) && !deadline.aborted) return requestOnce(call, options, deadline);
      throw error;
    });
    const retryAfter: unknown = response.headers['retry-after'];
    return {
      outcome: {
        kind: 'answered',
        statusCode: response.status,
        retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
      },
      responseBody: await readStart(response.data),
    };
  } catch (error) {
    const code = attemptErrorCode(error, deadline.aborted, options.guarded);
    return { outcome: { kind: 'unanswered', code }, responseBody: null };
  }
}

/** A kept-alive connection that the receiver closed while this call was on its way to it: nothing answered there. */
function diedIdle(error: unknown): boolean {
  if (!isAxiosError(error) || error.response !== undefined) return false;
  const request: unknown = error.request;
  const reused = typeof request === 'object' && request !== null && 'reusedSocket' in request && request.reusedSocket;
  return reused === true && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

async function requestOnce(
  call: ReceiverCall,
  options: CallOptions,
  signal: AbortSignal,
): Promise<AxiosResponse<Readable>> {
  return axios.request<Readable>({
    ...options.agents.agentsFor(call.url),
    method: call.method,
    url: (call.via ?? call.url).href,
    // An encoding that isn't read needs no bomb to be guarded against.
    headers: { accept: '*/*', 'accept-encoding': 'identity', host: call.url.host, ...call.headers },
    ...(call.body === null ? {} : { data: Buffer.from(call.body, 'utf8') }),
    transformRequest: [(data: unknown) => data],
    responseType: 'stream',
    decompress: false,
    maxRedirects: 0,
    maxBodyLength: Infinity,
    proxy: false,
    signal,
    validateStatus: () => true,
  });
}

/**
 * The answer's first 4 KB as text. The status is what counts: an answer whose body breaks off, or drips until the
 * deadline, is still that answer.
 */
async function readStart(body: Readable): Promise<string> {
  const kept: Buffer[] = [];
  let read = 0;
  try {
    for await (const chunk of body) {
      if (!Buffer.isBuffer(chunk)) continue;
      if (read < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - read));
      read += chunk.length;
      if (read > READ_BYTES) break;
    }
  } catch {
    // Said above: what was kept so far is the answer's body.
  }
  body.destroy();
  // Postgres text holds no NUL.
  return Buffer.concat(kept).toString('utf8').replaceAll('\0', '');
}
