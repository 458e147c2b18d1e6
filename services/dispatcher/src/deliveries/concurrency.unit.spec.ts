import { describe, expect, it } from '@jest/globals';
import {
  allot as allotSlots,
  freeSlots,
  healthAfter,
  roomFor,
  type ConcurrencyLimits,
  type Load,
} from './concurrency.js';

const limits = { total: 100, perIntegration: 32 };
const allot = (due: readonly string[], busy: ReadonlyMap<string, Load>, within: ConcurrencyLimits) =>
  allotSlots(due, busy, freeSlots(busy, 0, within), within);
const load = (inFlight: number, limit = 32): Load => ({ inFlight, health: { limit } });
const silence = { outcome: { kind: 'unanswered', code: 'timeout' }, durationMs: 15_000 } as const;
const answer = (durationMs: number) =>
  ({ outcome: { kind: 'answered', statusCode: 200, retryAfter: null }, durationMs }) as const;

describe('slots', () => {
  it('are divided evenly, and what one has no room for goes to the next', () => {
    expect(allot(['a', 'b'], new Map(), { total: 20, perIntegration: 32 })).toEqual([
      { integrationId: 'a', count: 10 },
      { integrationId: 'b', count: 10 },
    ]);
    expect(allot(['a', 'b'], new Map([['a', load(30)]]), { total: 50, perIntegration: 32 })).toEqual([
      { integrationId: 'a', count: 2 },
      { integrationId: 'b', count: 18 },
    ]);
  });

  it('of one integration never exceed its limit, nor all of them the instance’s', () => {
    const many = Array.from({ length: 10 }, (_, index) => String(index));
    const allotments = allot(many, new Map([['0', load(32)]]), limits);
    expect(allotments.find((one) => one.integrationId === '0')).toBeUndefined();
    expect(allotments.reduce((sum, one) => sum + one.count, 0)).toBe(68);
  });

  it('are held by results that are not recorded yet, which bounds how many there can be', () => {
    expect(freeSlots(new Map([['a', load(20)]]), 70, limits).all).toBe(10);
  });

  it('are kept for the healthy, however many receivers hang', () => {
    const hanging = Array.from({ length: 60 }, (_, index) => `hanging ${String(index)}`);
    const busy = new Map(hanging.map((id) => [id, load(1, 16)]));
    expect(roomFor(busy.get('hanging 0'), freeSlots(busy, 0, limits), limits)).toBe(0);
    expect(allot([...hanging, 'healthy'], busy, limits)).toEqual([{ integrationId: 'healthy', count: 32 }]);
  });
});

describe('the limit of a receiver', () => {
  it('halves with each silence down to one, and comes back one by one', () => {
    let health = { limit: 32 };
    for (const expected of [16, 8, 4, 2, 1, 1]) {
      health = healthAfter(health, silence, limits);
      expect(health.limit).toBe(expected);
    }
    expect(healthAfter(health, answer(20), limits)).toEqual({ limit: 2 });
    expect(healthAfter({ limit: 32 }, answer(20), limits)).toEqual({ limit: 32 });
  });

  it('falls to a quarter where it answers slowly, and no further', () => {
    let health = { limit: 32 };
    for (const expected of [16, 8, 8]) {
      health = healthAfter(health, answer(4_000), limits);
      expect(health.limit).toBe(expected);
    }
    expect(healthAfter({ limit: 2 }, answer(4_000), limits)).toEqual({ limit: 2 });
  });
});
