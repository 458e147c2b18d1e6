import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Sealer, Secret, UnsealError } from './index.js';

const key = randomBytes(32);
const sealer = new Sealer([key]);

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof UnsealError ? error.failure : error;
  }
}

describe('a sealed secret', () => {
  it('opens with the same key and context, and shows nothing of the secret', () => {
    const sealed = sealer.seal('não conte a ninguém', 'inbound-integration/1');
    expect(sealed).toMatch(/^s1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+$/);
    expect(new Sealer([Buffer.from(key)]).open(sealed, 'inbound-integration/1')).toBe('não conte a ninguém');
    expect(sealer.seal('')).not.toBe(sealer.seal(''));
    expect(sealer.open(sealer.seal(''))).toBe('');
  });

  it('does not open where it does not belong', () => {
    const sealed = sealer.seal('token', 'inbound-integration/1');
    expect(failureOf(() => sealer.open(sealed, 'inbound-integration/2'))).toBe('tampered');
  });

  it('does not open once a single bit of it was changed', () => {
    const [version, id, body] = sealer.seal('token').split('.');
    const bytes = Buffer.from(body ?? '', 'base64url');
    for (const index of [0, 12, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(failureOf(() => sealer.open(`${String(version)}.${String(id)}.${changed.toString('base64url')}`))).toBe(
        'tampered',
      );
    }
  });

  it('that is none is told apart from one that was changed', () => {
    for (const text of ['', 'token', 's1.abc', 's1.00000000.AAAA', `s2${sealer.seal('x').slice(2)}`]) {
      expect(failureOf(() => sealer.open(text))).toBe('malformed');
    }
  });

  it('survives a rotation: the new key seals, the old one still opens until it is dropped', () => {
    const old = sealer.seal('token');
    const next = randomBytes(32);
    const rotated = new Sealer([next, key]);
    expect(rotated.open(old)).toBe('token');
    expect(rotated.needsReseal(old)).toBe(true);
    const fresh = rotated.seal(rotated.open(old));
    expect(rotated.needsReseal(fresh)).toBe(false);
    expect(failureOf(() => new Sealer([next]).open(old))).toBe('unknown_key');
    expect(new Sealer([next]).open(fresh)).toBe('token');
  });

  it('needs a key of 256 bits', () => {
    expect(() => new Sealer([randomBytes(16)])).toThrow(RangeError);
  });
});

describe('a secret value', () => {
  it('never shows when it is printed', () => {
    const secret = new Secret('hunter2');
    expect(
      [
        String(secret),
        JSON.stringify({ secret }),
        inspect({ secret }),
        `${inspect(secret, { showHidden: true })}`,
      ].join(),
    ).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });
});
