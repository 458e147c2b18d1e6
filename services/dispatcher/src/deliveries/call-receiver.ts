import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { urlToHttpOptions } from 'node:url';
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
  const deadline = new Deadline(options.timeoutMs);
  const { outcome, responseBody } = await attempt(call, options, deadline);
  deadline.clear();
  return { outcome, startedAt, durationMs: Math.round(performance.now() - start), responseBody };
}

interface Answer {
  readonly outcome: AttemptOutcome;
  readonly responseBody: string | null;
}

/** One timer for a call and its repeat: an AbortSignal with its events would cost several times as much. */
class Deadline {
  passed = false;
  request: ClientRequest | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.timer = setTimeout(() => {
      this.passed = true;
      this.request?.destroy(new Error('the deadline passed'));
    }, ms);
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

async function attempt(call: ReceiverCall, options: CallOptions, deadline: Deadline): Promise<Answer> {
  try {
    return await requestOnce(call, options, deadline).catch((error: unknown) => {
      if (diedIdle(error, deadline.request) && !deadline.passed) return requestOnce(call, options, deadline);
      throw error;
    });
  } catch (error) {
    const code = attemptErrorCode(error, deadline.passed, options.guarded);
    return { outcome: { kind: 'unanswered', code }, responseBody: null };
  }
}

/** A kept-alive connection that the receiver closed while this call was on its way to it: nothing answered there. */
function diedIdle(error: unknown, request: ClientRequest | null): boolean {
  if (request?.reusedSocket !== true || typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

function requestOnce(call: ReceiverCall, { agents }: CallOptions, deadline: Deadline): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const target = call.via ?? call.url;
    const { httpAgent, httpsAgent } = agents.agentsFor(call.url);
    const isHttps = target.protocol === 'https:';
    const request = (isHttps ? requestHttps : requestHttp)({
      ...urlToHttpOptions(target),
      agent: isHttps ? httpsAgent : httpAgent,
      method: call.method,
      // An encoding that isn't read needs no bomb to be guarded against.
      headers: { accept: '*/*', 'accept-encoding': 'identity', host: call.url.host, ...call.headers },
    });
    deadline.request = request;
    request.on('error', reject);
    request.on('response', (response) => {
      // From here on it has answered, whatever ends the request.
      request.off('error', reject).on('error', () => undefined);
      readStart(response, (responseBody) => {
        resolve({ outcome: outcomeOf(response), responseBody });
      });
    });
    if (call.body === null) request.end();
    else request.end(call.body);
  });
}

function outcomeOf({ statusCode, headers }: IncomingMessage): AttemptOutcome {
  return { kind: 'answered', statusCode: statusCode ?? 0, retryAfter: headers['retry-after'] ?? null };
}

/**
 * The answer's first 4 KB as text. The status is what counts: an answer whose body breaks off, or drips until the
 * deadline, is still that answer.
 */
function readStart(response: IncomingMessage, done: (start: string) => void): void {
  const kept: Buffer[] = [];
  let read = 0;
  response.on('data', (chunk: Buffer) => {
    if (read < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - read));
    read += chunk.length;
    if (read > READ_BYTES) response.destroy();
  });
  // Said above: what was kept so far is the answer's body.
  response.on('error', () => undefined);
  // Comes after the end, after an error, and after the deadline has destroyed it.
  response.on('close', () => {
    // Postgres text holds no NUL.
    done(Buffer.concat(kept).toString('utf8').replaceAll('\0', ''));
  });
}
