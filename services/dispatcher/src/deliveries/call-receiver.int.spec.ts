import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startReceiver, type Receiver } from '@ponte/testing';
import type { Attempt } from './attempt.js';
import { callReceiver, type ReceiverCall } from './call-receiver.js';
import { createReceiverAgents, type ReceiverAgents } from './receiver-agents.js';

let receiver: Receiver;
let open: ReceiverAgents;
let guarded: ReceiverAgents;

beforeAll(async () => {
  receiver = await startReceiver();
  open = createReceiverAgents({ publicUrl: 'http://ponte.example', allowPrivateNetworks: true });
  guarded = createReceiverAgents({ publicUrl: receiver.url, allowPrivateNetworks: false });
});
afterAll(async () => {
  open.close();
  guarded.close();
  await receiver.close();
});

const call = (url: string, over: Partial<ReceiverCall> = {}): ReceiverCall => ({
  method: 'POST',
  url: new URL(url),
  via: null,
  headers: { 'content-type': 'application/json' },
  body: '{"é":"1"}',
  ...over,
});
const callOpen = (url: string, over?: Partial<ReceiverCall>, timeoutMs = 2_000): Promise<Attempt> =>
  callReceiver(call(url, over), { agents: open, timeoutMs, guarded: false });
const callGuarded = (url: string): Promise<Attempt> =>
  callReceiver(call(url), { agents: guarded, timeoutMs: 2_000, guarded: true });
const answered = (statusCode: number) => ({ kind: 'answered', statusCode, retryAfter: null });
const unanswered = (code: string) => ({ kind: 'unanswered', code });

describe('a call', () => {
  it('by POST brings the body byte for byte', async () => {
    const attempt = await callOpen(`${receiver.url}/post?key=1`);
    expect(attempt.outcome).toEqual(answered(200));
    expect(receiver.calls('/post')).toMatchObject([{ method: 'POST', body: '{"é":"1"}', query: { key: '1' } }]);
    expect(receiver.calls('/post')[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it('by GET has no body', async () => {
    await callOpen(`${receiver.url}/get?a=1%202`, { method: 'GET', body: null, headers: {} });
    expect(receiver.calls('/get')).toMatchObject([{ method: 'GET', body: '', query: { a: '1 2' } }]);
    expect(receiver.calls('/get')[0]?.headers['content-type']).toBeUndefined();
  });

  it('keeps the first 4 KB of the answer', async () => {
    receiver.behave('/long', { kind: 'answer', status: 200, body: 'x'.repeat(300_000) });
    expect((await callOpen(`${receiver.url}/long`)).responseBody).toBe('x'.repeat(4_096));
    receiver.behave('/nul', { kind: 'answer', status: 200, body: 'a\0b' });
    expect((await callOpen(`${receiver.url}/nul`)).responseBody).toBe('ab');
  });

  it('goes by another way when told to, under the host of its URL', async () => {
    const via = new URL('/in/token?x=1', receiver.url);
    await callOpen('http://hooks.example.com/in/token?x=1', { via });
    expect(receiver.calls('/in/token')).toMatchObject([{ query: { x: '1' }, headers: { host: 'hooks.example.com' } }]);
  });

  it('follows no redirect', async () => {
    receiver.behave('/moved', { kind: 'answer', status: 302, headers: { location: `${receiver.url}/elsewhere` } });
    expect((await callOpen(`${receiver.url}/moved`)).outcome).toEqual(answered(302));
    expect(receiver.calls('/elsewhere')).toEqual([]);
  });

  it('brings back what Retry-After says', async () => {
    receiver.behave('/busy', { kind: 'too_many', retryAfterSeconds: 7 });
    const attempt = await callOpen(`${receiver.url}/busy`);
    expect(attempt.outcome).toEqual({ kind: 'answered', statusCode: 429, retryAfter: '7' });
  });

  it('counts by its status, even if the body breaks off or drips past the deadline', async () => {
    receiver.behave('/half', { kind: 'reset' });
    expect(await callOpen(`${receiver.url}/half`)).toMatchObject({ outcome: answered(200), responseBody: '{"half":' });
    receiver.behave('/drip', { kind: 'drip', bytes: 1_000, everyMs: 20 });
    const dripping = await callOpen(`${receiver.url}/drip`, {}, 300);
    expect(dripping.outcome).toEqual(answered(200));
    expect(dripping.durationMs).toBeLessThan(2_000);
  });
});

describe('a call without an answer says why', () => {
  it('the deadline passed', async () => {
    receiver.behave('/hang', { kind: 'hang' });
    const attempt = await callOpen(`${receiver.url}/hang`, {}, 200);
    expect(attempt.outcome).toEqual(unanswered('timeout'));
    expect(attempt.durationMs).toBeGreaterThanOrEqual(190);
  });

  it('nobody listens', async () => {
    expect((await callOpen('http://127.0.0.1:1/')).outcome).toEqual(unanswered('refused'));
  });

  it('the name has no address', async () => {
    expect((await callOpen('http://no-such-host.invalid/', {}, 10_000)).outcome).toEqual(unanswered('dns'));
  });

  it('it speaks no TLS', async () => {
    expect((await callOpen(receiver.url.replace('http:', 'https:'))).outcome).toEqual(unanswered('tls'));
  });

  it.each([
    ['is not HTTP', 'bad_response', 'SMTP ready\r\n\r\n'],
    ['ends before it began', 'reset', ''],
  ])('what came back %s', async (_, code, bytes) => {
    const server = createServer((socket) => socket.once('data', () => socket.end(bytes)).on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect((await callOpen(`http://127.0.0.1:${String(port)}/`)).outcome).toEqual(unanswered(code));
    server.close();
  });
});

describe('private networks', () => {
  it.each([
    'http://127.0.0.1:1/',
    'http://localhost:1/',
    'http://2130706433:1/',
    'http://[::1]:1/',
    'http://[::ffff:127.0.0.1]:1/',
    'http://0.0.0.0:1/',
    'http://10.1.2.3/',
    'http://192.168.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'https://127.0.0.1:1/',
    'https://localhost:1/',
  ])('are refused by default: %s', async (url) => {
    expect((await callGuarded(url)).outcome).toEqual(unanswered('blocked_private_network'));
  });

  it('are allowed for our own hooks, and for nothing else at the same address', async () => {
    expect((await callGuarded(`${receiver.url}/in/token`)).outcome).toEqual(answered(200));
    expect((await callGuarded(`${receiver.url}/other`)).outcome).toEqual(unanswered('blocked_private_network'));
    expect(receiver.calls('/other')).toEqual([]);
  });
});
