import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { emailKey } from './email-key.js';
import { normalizePhone } from './normalize-phone.js';

interface PhoneCase {
  in: string;
  e164: string | null;
  matchKey?: string;
}

const table: { cases: PhoneCase[] } = JSON.parse(
  readFileSync(new URL('../../../testing/fixtures/phones-br.json', import.meta.url), 'utf8'),
);

describe('phones in Brazil', () => {
  it.each(table.cases)('recorded: "$in" is $e164', ({ in: raw, e164, matchKey }) => {
    const phone = normalizePhone(raw, 'BR');
    expect(phone.e164).toBe(e164);
    if (matchKey !== undefined) expect(phone.matchKey).toBe(matchKey);
    expect(phone.matchKey === null).toBe(e164 === null);
  });

  it('a mobile with and without its ninth digit is the same, and no landline is', () => {
    const keys = ['11 90000-0001', '+55 11 90000-0001', '5511900000001', '+55 (0)11 90000-0001'];
    expect(new Set(keys.map((raw) => normalizePhone(raw, 'BR').matchKey))).toEqual(new Set(['BR:11:00000001']));
    expect(normalizePhone('11 8000-0001', 'BR').matchKey).toBe(normalizePhone('11 98000-0001', 'BR').matchKey);
    expect(normalizePhone('11 3000-0001', 'BR').matchKey).not.toBe(normalizePhone('11 93000-0001', 'BR').matchKey);
  });

  it.each([
    ['0 15 11 90000-0001', '+5511900000001', 'carrier code after the trunk zero'],
    ['011 3000-0001', '+551130000001', 'trunk zero'],
    ['0055 11 90000-0001', '+5511900000001', 'international prefix'],
    ['00351 912 000 000', '+351912000000', 'abroad by international prefix'],
    ['(55) 99000-0001', '+5555990000001', 'area code 55'],
    ['55 9000-0001', '+5555990000001', 'area code 55, old mobile'],
    ['11 3000-0001 ramal 12', '+551130000001', 'extension'],
    ['351912000000', '+351912000000', 'abroad without a plus, as automations send it'],
    ['+1 (650) 253-0000', '+16502530000', 'abroad'],
    ['20 90000-0001', null, 'no such area code'],
    ['11 50000-00011', null, 'nine digits that are no mobile'],
    ['11 1000-0001', null, 'no number begins with 1'],
    ['não tenho', null, 'words'],
    ['9'.repeat(500), null, 'far too long'],
  ])('%s → %s (%s)', (raw, e164, _why) => {
    expect(normalizePhone(raw, 'BR').e164).toBe(e164);
  });
});

describe('phones elsewhere', () => {
  it('take the default country, and a plus over it', () => {
    expect(normalizePhone('912 000 000', 'PT')).toEqual({
      raw: '912 000 000',
      e164: '+351912000000',
      matchKey: '+351912000000',
    });
    expect(normalizePhone('+55 11 98000-0001', 'PT').matchKey).toBe('BR:11:80000001');
  });

  it('an unknown country never throws', () => {
    expect(normalizePhone('912 000 000', 'XX').e164).toBeNull();
    expect(normalizePhone('912 000 000', '').e164).toBeNull();
  });
});

describe('e-mail keys', () => {
  it('compare trimmed and case-folded', () => {
    expect(emailKey('  Marina.Teste@Example.COM\u200b ')).toBe('marina.teste@example.com');
    expect(emailKey('mailto:a@b.c')).toBe('a@b.c');
  });

  it.each(['', 'a', '@', 'a@', '@b', 'a@b@c', 'a b@c', `${'a'.repeat(250)}@b.co`])('refuse %s', (raw) => {
    expect(emailKey(raw)).toBeNull();
  });
});
