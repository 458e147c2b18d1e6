import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { MicroBatcher, Overloaded, WaitedTooLong, type BatchLimits, type Flush } from './micro-batcher.js';

const limits: BatchLimits = {
  maxItems: 4,
  maxBytes: 100,
  maxWaitingItems: 10,
  maxWaitingBytes: 1_000,
  waitMs: 200,
};

class Away extends Error {}

function batcherOf(flush: Flush<number, string>, changed: Partial<BatchLimits> = {}) {
  return new MicroBatcher<number, string>({
    flush,
    limits: { ...limits, ...changed },
    isInfrastructureError: (error) => error instanceof Away,
  });
}

const echo = (items: readonly number[]) => Promise.resolve(items.map((item) => `done ${String(item)}`));

describe('the micro-batcher', () => {
  it('flushes a lone item at once', async () => {
    await expect(batcherOf(echo).add(1, 1)).resolves.toBe('done 1');
  });

  it('has one flush in flight, and what arrives meanwhile forms the next', async () => {
    const batches: number[][] = [];
    let flying = 0;
    let most = 0;
    const batcher = batcherOf(async (items) => {
      batches.push([...items]);
      most = Math.max(most, ++flying);
      await delay(20);
      flying -= 1;
      return echo(items);
    });
    const first = batcher.add(1, 1);
    await delay(5);
    const others = [2, 3, 4].map((item) => batcher.add(item, 1));
    await Promise.all([first, ...others]);
    expect(batches).toEqual([[1], [2, 3, 4]]);
    expect(most).toBe(1);
  });

  it('bounds a flush by items and by bytes, and lets a larger item go alone', async () => {
    const batches: number[][] = [];
    const batcher = batcherOf((items) => {
      batches.push([...items]);
      return echo(items);
    });
    await Promise.all([
      ...[1, 2, 3, 4, 5].map((item) => batcher.add(item, 1)),
      batcher.add(6, 500),
      batcher.add(7, 60),
      batcher.add(8, 60),
    ]);
    expect(batches).toEqual([[1, 2, 3, 4], [5], [6], [7], [8]]);
  });

  it('refuses at once what is too much, by items and by bytes', async () => {
    const batcher = batcherOf(echo, { maxWaitingItems: 2 });
    const waiting = [batcher.add(1, 1), batcher.add(2, 1)];
    await expect(batcher.add(3, 1)).rejects.toBeInstanceOf(Overloaded);
    await Promise.all(waiting);
    await expect(batcher.add(4, 1_001)).rejects.toBeInstanceOf(Overloaded);
    await expect(batcher.add(5, 1_000)).resolves.toBe('done 5');
  });

  it('halves a batch that fails until the culprit stands alone, and hurts no other', async () => {
    const tried: number[][] = [];
    const batcher = batcherOf((items) => {
      tried.push([...items]);
      return items.includes(3) ? Promise.reject(new Error('culprit')) : echo(items);
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map((item) => batcher.add(item, 1)));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(tried).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]);
  });

  it('does not search for a culprit where the surroundings failed', async () => {
    let tries = 0;
    const batcher = batcherOf(() => {
      tries += 1;
      return Promise.reject(new Away());
    });
    const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item, 1)));
    expect(results.every((result) => result.status === 'rejected')).toBe(true);
    expect(tries).toBe(1);
  });

  it('gives up a flush that hangs, tells it so, and goes on with the next', async () => {
    const signals: AbortSignal[] = [];
    const batcher = batcherOf((items, signal) => {
      signals.push(signal);
      return items.includes(1) ? new Promise(() => undefined) : echo(items);
    });
    const hanging = batcher.add(1, 1);
    await delay(150);
    const next = batcher.add(2, 1);
    await expect(hanging).rejects.toMatchObject({ where: 'in-flight' });
    await expect(next).resolves.toBe('done 2');
    expect(signals[0]?.aborted).toBe(true);
  });

  it('never sends what waited too long in the queue', async () => {
    const sent: number[] = [];
    const batcher = batcherOf(
      async (items) => {
        sent.push(...items);
        await delay(400);
        return echo(items);
      },
      { maxItems: 1 },
    );
    const results = await Promise.allSettled([1, 2].map((item) => batcher.add(item, 1)));
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(results[1]).toMatchObject({ reason: expect.any(WaitedTooLong) });
    await batcher.drained();
    expect(sent).toEqual([1]);
    expect(batcher.waiting).toEqual({ items: 0, bytes: 0 });
  });
});
