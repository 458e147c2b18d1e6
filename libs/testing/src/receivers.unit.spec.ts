import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inboundFixture, inboundFixtureNames } from './fixtures.js';
import { startReceiver, type Receiver } from './receivers.js';

describe('a receiver', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver({ maxCalls: 10, maxBodyBytes: 8 });
  });
  afterAll(() => receiver.close());

  it('records method, path, query, headers and the first bytes of the body', async () => {
    const answer = await fetch(`${receiver.url}/a?x=1`, {
      method: 'POST',
      headers: { 'x-id': '7' },
      body: '0123456789',
    });
    expect(answer.status).toBe(200);
    expect(receiver.calls('/a')).toMatchObject([
      { method: 'POST', path: '/a', query: { x: '1' }, headers: { 'x-id': '7' }, body: '01234567' },
    ]);
  });

  it('answers a sequence of statuses and stays at the last', async () => {
    receiver.behave('/seq', { kind: 'statuses', statuses: [503, 200] });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await fetch(`${receiver.url}/seq`)).status);
    expect(statuses).toEqual([503, 200, 200]);
  });

  it('asks for patience by Retry-After', async () => {
    receiver.behave('/busy', { kind: 'too_many', retryAfterSeconds: 3 });
    const answer = await fetch(`${receiver.url}/busy`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '3']);
  });

  it('resets in the middle of a body, and hangs', async () => {
    receiver.behave('/reset', { kind: 'reset' });
    await expect(fetch(`${receiver.url}/reset`).then((answer) => answer.text())).rejects.toThrow();
    receiver.behave('/hang', { kind: 'hang' });
    await expect(fetch(`${receiver.url}/hang`, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  });

  it('keeps no more calls than told, and counts them all', async () => {
    const before = receiver.total;
    for (let n = 0; n < 25; n += 1) await fetch(`${receiver.url}/many?n=${String(n)}`);
    expect(receiver.calls().length).toBe(10);
    expect(receiver.calls().at(-1)?.query).toEqual({ n: '24' });
    expect(receiver.total).toBe(before + 25);
  });

  it('wakes who waits for a call', async () => {
    const waiting = receiver.waitFor((call) => call.path === '/late', 5_000);
    await fetch(`${receiver.url}/late`);
    expect((await waiting)?.path).toBe('/late');
    expect(await receiver.waitFor((call) => call.path === '/never', 20)).toBeNull();
  });
});

describe('the recorded payloads', () => {
  it.each(inboundFixtureNames())('%s has the bytes to send and what to expect', (name) => {
    const fixture = inboundFixture(name);
    expect(fixture.request.rawBody.length).toBeGreaterThan(0);
    expect(Object.keys(fixture.expected).length).toBeGreaterThan(0);
  });

  it('that does not exist is answered with the names of those that do', () => {
    expect(() => inboundFixture('nope')).toThrow(/hotmart-purchase-approved/);
  });
});
