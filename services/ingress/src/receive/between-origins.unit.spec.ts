import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readBetweenOrigins } from './between-origins.js';

const secret = 's';
const body = Buffer.from('{"a":1}');
const nowMs = 1_795_440_000_000;
const seconds = nowMs / 1_000;

function header(time: number, hops: number, target = '/in/t?x=1', key = secret): string {
  const hash = createHash('sha256').update(body).digest('hex');
  const signature = createHmac('sha256', key)
    .update(`${String(time)}.${String(hops)}.${target}.${hash}`)
    .digest('hex');
  return `t=${String(time)},hops=${String(hops)},v1=${signature}`;
}

const read = (text: string | undefined, changed: { targets?: string[]; body?: Buffer } = {}) =>
  readBetweenOrigins({ header: text, targets: ['/in/t?x=1', '/ponte/in/t?x=1'], body, nowMs, secret, ...changed });

describe("this installation's own calls", () => {
  it('are known by a signature over target, body and time, and carry their hops', () => {
    expect(read(header(seconds, 2))).toEqual({ kind: 'own', hops: 2 });
    expect(read(header(seconds, 2, '/ponte/in/t?x=1'))).toEqual({ kind: 'own', hops: 2 });
  });

  it('are calls from outside with another target, body or secret', () => {
    expect(read(header(seconds, 2, '/in/other'))).toEqual({ kind: 'outside' });
    expect(read(header(seconds, 2), { body: Buffer.from('{}') })).toEqual({ kind: 'outside' });
    expect(read(header(seconds, 2, '/in/t?x=1', 'other'))).toEqual({ kind: 'outside' });
    expect(read(header(seconds, 2).replace('hops=2', 'hops=1'))).toEqual({ kind: 'outside' });
  });

  it('are worth 300 seconds, either way', () => {
    expect(read(header(seconds - 300, 1)).kind).toBe('own');
    expect(read(header(seconds + 300, 1)).kind).toBe('own');
    expect(read(header(seconds - 301, 1)).kind).toBe('outside');
    expect(read(header(seconds + 301, 1)).kind).toBe('outside');
  });

  it('are never what is missing or malformed', () => {
    for (const text of [undefined, '', 'v1=', 't=1,hops=1', `${header(seconds, 1)} `, 't=x,hops=1,v1=00']) {
      expect(read(text)).toEqual({ kind: 'outside' });
    }
  });
});
