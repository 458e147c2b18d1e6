import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readBetween, signBetween, type SignedCall } from './between-origins.js';

const secret = 'a secret';
const call = { target: '/ponte/in/t?x=1%202', hops: 3, body: '{"é":1}' };
const signedAt = new Date(1_767_225_600_000);
const header = signBetween(call, secret, signedAt);

interface Changed extends Partial<SignedCall> {
  secret?: string;
  receivedAt?: Date;
}

/** As the hooks read it: behind a proxy that may have cut `/ponte` off, with the body as bytes. */
const read = ({ secret: key = secret, receivedAt = signedAt, ...changed }: Changed = {}) =>
  readBetween(
    { header, targets: ['/in/t?x=1%202', '/ponte/in/t?x=1%202'], body: Buffer.from(call.body), ...changed },
    key,
    receivedAt,
  );

const later = (seconds: number) => new Date(signedAt.getTime() + seconds * 1_000);

describe('a call between origins', () => {
  it('is known by its signature on the other side, and carries its hops', () => {
    expect(read()).toEqual({ kind: 'own', hops: 3 });
  });

  it('is signed over time, hops, path with query and body, in a format that calls under way rely on', () => {
    const hash = createHash('sha256').update(call.body).digest('hex');
    const v1 = createHmac('sha256', secret).update(`1767225600.3./ponte/in/t?x=1%202.${hash}`).digest('hex');
    expect(header).toBe(`t=1767225600,hops=3,v1=${v1}`);
    expect(signBetween(call, secret, new Date(signedAt.getTime() + 999))).toBe(header);
  });

  it('has an empty body where it is a GET', () => {
    const get = { target: '/in/t?name=Ana', hops: 1, body: '' };
    const signed = { header: signBetween(get, secret, signedAt), targets: [get.target], body: Buffer.alloc(0) };
    expect(readBetween(signed, secret, signedAt)).toEqual({ kind: 'own', hops: 1 });
  });

  it.each<[string, Changed]>([
    ['another body', { body: Buffer.from('{"é":2}') }],
    ['no body', { body: Buffer.alloc(0) }],
    ['another time', { header: header.replace('t=1767225600', 't=1767225601') }],
    ['fewer hops', { header: header.replace('hops=3', 'hops=2') }],
    ['the same hops written otherwise', { header: header.replace('hops=3', 'hops=03') }],
    ['another path', { targets: ['/ponte/in/u?x=1%202'] }],
    ['another query', { targets: ['/ponte/in/t?x=1%203'] }],
    ['no target', { targets: [] }],
    ['another secret', { secret: 'another secret' }],
    ['another signature', { header: header.replace(/v1=.*/, `v1=${'0'.repeat(64)}`) }],
  ])('with %s than was signed is a call from outside', (_, changed) => {
    expect(read(changed)).toEqual({ kind: 'outside' });
  });

  it('is worth 300 seconds, either way', () => {
    expect(read({ receivedAt: later(300) }).kind).toBe('own');
    expect(read({ receivedAt: later(-300) }).kind).toBe('own');
    expect(read({ receivedAt: later(301) }).kind).toBe('outside');
    expect(read({ receivedAt: later(-301) }).kind).toBe('outside');
  });

  it.each([
    undefined,
    null,
    '',
    'v1=',
    't=1767225600,hops=3',
    `${header} `,
    `${header}00`,
    header.slice(0, -2),
    header.toUpperCase(),
    't=x,hops=1,v1=00',
  ])('is never what is missing or malformed: %s', (malformed) => {
    expect(read({ header: malformed })).toEqual({ kind: 'outside' });
  });
});
