import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a receiver does with a call. */
export type Behaviour =
  | { kind: 'answer'; status: number; headers?: Readonly<Record<string, string>>; body?: string }
  /** One status after the other; the last one stays. */
  | { kind: 'statuses'; statuses: readonly number[] }
  /** Never answers. */
  | { kind: 'hang' }
  /** Sends the head and half a body, then resets the connection. */
  | { kind: 'reset' }
  /** Answers 200, one byte at a time. */
  | { kind: 'drip'; bytes: number; everyMs: number }
  | { kind: 'too_many'; retryAfterSeconds: number }
  /** Answers after a while. */
  | { kind: 'slow'; afterMs: number; status: number };

/** A call that arrived, whole. */
export interface ReceivedCall {
  /** Counts up from 1 in order of arrival. */
  number: number;
  method: string;
  /** Path without query. */
  path: string;
  query: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  /** At most `maxBodyBytes` of it, as UTF-8. */
  body: string;
  /** Milliseconds since the epoch, when the head had arrived. */
  arrivedAt: number;
}

export interface ReceiverOptions {
  port?: number;
  /** Calls kept; the oldest go first. Default 20,000. */
  maxCalls?: number;
  /** Bytes kept of each body. Default 64 KB. */
  maxBodyBytes?: number;
}

/** A scriptable HTTP server that records every call. */
export interface Receiver {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Decides what calls of this path get; `*` is every path without a rule of its own (at first: 200). */
  behave(path: string, behaviour: Behaviour): void;
  calls(path?: string): readonly ReceivedCall[];
  /** Every call since the start, also those no longer kept. */
  readonly total: number;
  /** Waits until a kept call fits; null when none came in time. */
  waitFor(fits: (call: ReceivedCall) => boolean, timeoutMs: number): Promise<ReceivedCall | null>;
  clear(): void;
  close(): Promise<void>;
}

/** Starts a receiver on 127.0.0.1. */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const maxCalls = options.maxCalls ?? 20_000;
  const maxBodyBytes = options.maxBodyBytes ?? 64 * 1024;
  const rules = new Map<string, Rule>();
  let calls: ReceivedCall[] = [];
  let total = 0;
  const arrivals = new Set<() => void>();

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrivedAt = Date.now();
    const body = await readBody(request, maxBodyBytes);
    total += 1;
    const call = toCall(request, total, body, arrivedAt);
    calls.push(call);
    // Cut by halves, so that a full record costs nothing at each call.
    if (calls.length > maxCalls * 2) calls = calls.slice(-maxCalls);
    for (const arrival of arrivals) arrival();
    const rule = rules.get(call.path) ?? rules.get('*');
    await respond(response, rule?.next() ?? { kind: 'answer', status: 200 });
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      response.destroy();
    });
  });
  server.keepAliveTimeout = 30_000;
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String(portOf(server))}`,
    behave: (path, behaviour) => rules.set(path, ruleOf(behaviour)),
    calls: (path) => calls.slice(-maxCalls).filter((call) => path === undefined || call.path === path),
    get total() {
      return total;
    },
    waitFor: (fits, timeoutMs) => waitFor(() => calls.find(fits) ?? null, arrivals, timeoutMs),
    clear: () => {
      calls = [];
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Rule {
  next(): Behaviour;
}

function ruleOf(behaviour: Behaviour): Rule {
  if (behaviour.kind !== 'statuses') return { next: () => behaviour };
  const left = [...behaviour.statuses];
  return {
    next: () => ({ kind: 'answer', status: (left.length > 1 ? left.shift() : left[0]) ?? 200 }),
  };
}

async function respond(response: ServerResponse, behaviour: Behaviour): Promise<void> {
  switch (behaviour.kind) {
    case 'answer':
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? '');
      return;
    case 'statuses':
      response.writeHead(behaviour.statuses[0] ?? 200).end();
      return;
    case 'hang':
      return;
    case 'reset':
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"half":', () => response.socket?.resetAndDestroy());
      return;
    case 'drip':
      response.writeHead(200, { 'content-type': 'text/plain' });
      for (let sent = 0; sent < behaviour.bytes && !response.destroyed; sent += 1) {
        response.write('.');
        await sleep(behaviour.everyMs, undefined, { ref: false });
      }
      response.end();
      return;
    case 'too_many':
      response.writeHead(429, { 'retry-after': String(behaviour.retryAfterSeconds) }).end();
      return;
    case 'slow':
      await sleep(behaviour.afterMs, undefined, { ref: false });
      response.writeHead(behaviour.status).end();
  }
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let kept = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk) || kept >= maxBytes) continue;
    chunks.push(chunk.subarray(0, maxBytes - kept));
    kept += chunk.length;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toCall(request: IncomingMessage, number: number, body: string, arrivedAt: number): ReceivedCall {
  const url = new URL(request.url ?? '/', 'http://receiver');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const query = Object.fromEntries(url.searchParams);
  return { number, method: request.method ?? 'GET', path: url.pathname, query, headers, body, arrivedAt };
}

async function waitFor(
  find: () => ReceivedCall | null,
  arrivals: Set<() => void>,
  timeoutMs: number,
): Promise<ReceivedCall | null> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = find();
    const left = deadline - Date.now();
    if (found !== null || left <= 0) return found;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        arrivals.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, left);
      arrivals.add(wake);
    });
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The receiver listens on no port.');
  return address.port;
}
