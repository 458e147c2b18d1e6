import { describe, expect, it } from '@jest/globals';
import { IntegrationCache } from './integration-cache.js';

function cacheOf(known: Record<string, string>) {
  const clock = { now: 0 };
  const loads: string[][] = [];
  const cache = new IntegrationCache<string>({
    load: (hashes) => {
      loads.push([...hashes]);
      return Promise.resolve(new Map(Object.entries(known).filter(([hash]) => hashes.includes(hash))));
    },
    isInfrastructureError: () => true,
    maxKnown: 3,
    maxUnknown: 2,
    knownMs: 1_000,
    unknownMs: 100,
    now: () => clock.now,
  });
  return { cache, loads, clock };
}

describe('the integrations in memory', () => {
  it('are looked up once for all who ask together, and answered without a promise from then on', async () => {
    const { cache, loads } = cacheOf({ a: 'A' });
    expect(await Promise.all([cache.find('a'), cache.find('a'), cache.find('b')])).toEqual(['A', 'A', null]);
    expect(loads).toEqual([['a', 'b']]);
    expect(cache.find('a')).toBe('A');
    expect(cache.find('b')).toBeNull();
  });

  it('are asked for anew after their time, unknown ones sooner', async () => {
    const { cache, loads, clock } = cacheOf({ a: 'A' });
    await Promise.all([cache.find('a'), cache.find('b')]);
    clock.now = 150;
    expect(cache.find('a')).toBe('A');
    expect(await cache.find('b')).toBeNull();
    clock.now = 1_001;
    expect(await cache.find('a')).toBe('A');
    expect(loads).toEqual([['a', 'b'], ['b'], ['a']]);
  });

  it('are not believed after an invalidation, nor is what was being looked up before it', async () => {
    const known: Record<string, string> = { a: 'A' };
    const { cache, loads } = cacheOf(known);
    const before = cache.find('a');
    cache.invalidate();
    known['a'] = 'changed';
    const after = cache.find('a');
    await before;
    expect(await after).toBe('changed');
    expect(await cache.find('a')).toBe('changed');
    expect(loads.length).toBeGreaterThanOrEqual(1);
  });

  it('are bounded: the oldest go first, and guessed tokens push out no known one', async () => {
    const { cache, loads } = cacheOf({ a: 'A', b: 'B', c: 'C', d: 'D' });
    for (const hash of ['a', 'b', 'c', 'x', 'y', 'z', 'd']) await cache.find(hash);
    expect(cache.find('d')).toBe('D');
    expect(cache.find('b')).toBe('B');
    loads.length = 0;
    await cache.find('a');
    await cache.find('x');
    expect(loads).toEqual([['a'], ['x']]);
  });
});
