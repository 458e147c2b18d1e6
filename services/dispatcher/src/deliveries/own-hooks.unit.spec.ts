import { describe, expect, it } from '@jest/globals';
import { insideUrl, isOwnHook } from './own-hooks.js';

const publicUrl = 'https://hooks.example.com';

describe('a call between origins', () => {
  it.each([
    ['https://hooks.example.com/in/abc', true],
    ['https://HOOKS.example.com:443/in/abc?x=1', true],
    ['https://hooks.example.com/v1/in/abc', false],
    ['https://hooks.example.com/in', false],
    ['https://hooks.example.com/in/../v1/x', false],
    ['https://hooks.example.com/in/%2e%2e/v1/x', false],
    ['http://hooks.example.com/in/abc', false],
    ['https://hooks.example.com:8443/in/abc', false],
    ['https://hooks.example.com.evil.test/in/abc', false],
    ['https://evil.test/in/abc', false],
  ])('%s is one of our own hooks: %s', (url, own) => {
    expect(isOwnHook(new URL(url), publicUrl)).toBe(own);
  });

  it.each([
    ['https://example.com/ponte/in/abc', true],
    ['https://example.com/in/abc', false],
    ['https://example.com/ponte/in/../../in/abc', false],
  ])('%s is one of our own hooks where they lie below a path: %s', (url, own) => {
    expect(isOwnHook(new URL(url), 'https://example.com/ponte')).toBe(own);
  });

  it('goes to the internal address of the hooks where one is set, and nothing else does', () => {
    const own = { publicUrl, secret: 'secret', internalUrl: 'http://ingress:8080' };
    const inside = (url: string, settings: typeof own | Omit<typeof own, 'internalUrl'> = own) =>
      insideUrl(new URL(url), settings)?.href ?? null;
    expect(inside('https://hooks.example.com/in/abc?a=1')).toBe('http://ingress:8080/in/abc?a=1');
    expect(inside('https://erp.example.com/in/abc')).toBeNull();
    expect(inside('https://hooks.example.com/in/abc', { publicUrl, secret: 'secret' })).toBeNull();
    const below = { ...own, publicUrl: 'https://hooks.example.com/ponte' };
    expect(inside('https://hooks.example.com/ponte/in/abc?a=1', below)).toBe('http://ingress:8080/in/abc?a=1');
  });
});
