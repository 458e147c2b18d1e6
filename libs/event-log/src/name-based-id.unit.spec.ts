import { describe, expect, it } from '@jest/globals';
import { eventId } from './event-id.js';
import { nameBasedIds } from './name-based-id.js';

const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

describe('ids made of names', () => {
  it('are the UUIDv5 of the RFC', () => {
    expect(nameBasedIds(dns)('www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('do not depend on what was made before, nor on where a name was written', () => {
    const ids = nameBasedIds(dns);
    const long = 'ç'.repeat(5_000);
    const names = ['', 'a', 'ação 😀', 'x'.repeat(341), 'x'.repeat(342), long];
    const first = names.map(ids);
    expect(new Set(first).size).toBe(names.length);
    expect([...names].reverse().map(nameBasedIds(dns)).reverse()).toEqual(first);
  });

  it('of events never change: a record that is made again must be noticed', () => {
    expect(eventId('01934f1e-7c1b-7000-8000-000000000001/0', 3)).toBe('58007bc8-471b-500a-9403-f53767c11212');
  });

  it('need a namespace', () => {
    expect(() => nameBasedIds('nothing')).toThrow('no UUID');
  });
});
