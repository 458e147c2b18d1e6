import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { startReceiver, type Behaviour } from '@ponte/testing';
import type { Call } from '../audit/facts.js';
import type { Destination } from './fault-world.js';

/** What is called, and how it behaves. */
export interface Receivers {
  readonly destinations: readonly Destination[];
  /** Every call since `forget()`, in the order of arrival. */
  calls(): Call[];
  total(): number;
  forget(): void;
  /** From now on the bad ones behave badly. */
  misbehave(): void;
  /** From now on all answer 200. */
  behave(): void;
  close(): Promise<void>;
}

/** The ways in which receivers are bad, each on a path of its own. */
const BAD: Readonly<Record<string, Behaviour>> = {
  'answers-500': { kind: 'answer', status: 500 },
  hangs: { kind: 'hang' },
  'resets-in-mid-body': { kind: 'reset' },
  'asks-for-patience': { kind: 'too_many', retryAfterSeconds: 2 },
  // Longer than a call may take.
  drips: { kind: 'drip', bytes: 100, everyMs: 200 },
};
const WELL = 'answers';
/** The status is what counts: an answer whose body breaks off, or never ends, is still a 200, and is not asked for again. */
const ANSWER_200 = ['resets-in-mid-body', 'drips'];
/** Each of its deliveries is given up only after all its tries, so one a deal is enough. */
const destinationOf = (url: string): Destination => ({
  name: 'self-signed',
  url,
  reachable: false,
  triggers: ['DealCreated'],
});

/** One receiver that answers well; and, where asked for, the bad ones beside it and one that nobody should trust. */
export async function startReceivers(kind: 'well' | 'badly', folder: string): Promise<Receivers> {
  const receiver = await startReceiver({ maxCalls: 1_000_000 });
  const paths = [WELL, ...(kind === 'badly' ? Object.keys(BAD) : [])];
  const untrusted = kind === 'badly' ? await startUntrusted(folder) : null;
  /** The times in which the bad ones were bad. */
  const bad: { fromMs: number; toMs: number }[] = [];
  const wasBad = (path: string, atMs: number): boolean =>
    ![WELL, ...ANSWER_200].includes(path.slice(1)) && bad.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs);
  return {
    destinations: [
      ...paths.map((name) => ({ name, url: `${receiver.url}/${name}`, reachable: true })),
      ...(untrusted === null ? [] : [destinationOf(untrusted.url)]),
    ],
    calls: () => [
      ...receiver.calls().map(({ headers, path, arrivedAt }): Call => ({
        webhookId: headers['webhook-id'] ?? '',
        arrivedAtMs: arrivedAt,
        answered: wasBad(path, arrivedAt) ? 'badly' : 'well',
        traceparent: headers['traceparent'] ?? null,
      })),
      ...(untrusted?.calls ?? []),
    ],
    total: () => receiver.total,
    forget: () => {
      receiver.clear();
    },
    misbehave: () => {
      bad.push({ fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY });
      for (const [path, behaviour] of Object.entries(BAD)) receiver.behave(`/${path}`, behaviour);
    },
    behave: () => {
      for (const path of Object.keys(BAD)) receiver.behave(`/${path}`, { kind: 'answer', status: 200 });
      const last = bad.at(-1);
      if (last !== undefined) last.toMs = Date.now();
    },
    close: async () => {
      await receiver.close();
      untrusted?.server.close();
    },
  };
}

/** Speaks TLS with a certificate that nobody has signed but itself. */
async function startUntrusted(folder: string): Promise<{ url: string; calls: Call[]; server: Server }> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '1',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ];
  execFileSync('openssl', args, { stdio: 'pipe' });
  const calls: Call[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const webhookId = String(request.headers['webhook-id']);
    calls.push({ webhookId, arrivedAtMs: Date.now(), answered: 'well', traceparent: null });
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `https://127.0.0.1:${String(port)}/self-signed`, calls, server };
}
