import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatabaseUnavailable, type Sql } from '@ponte/service-kit';
import { claimedDelivery } from './claimed-delivery.spec-support.js';
import type { DeliveryId } from './delivery.js';
import { Recorder } from './recorder.js';
import type { DeliveryResult } from './results.js';

let recorded: DeliveryId[];
let released: DeliveryId[];
/** How often nothing can be recorded or released before it works. */
let failures: number;
let asked: number;
let recorder: Recorder;

const sql: Sql = {
  query: <Row>() => {
    asked += 1;
    if (failures === 0) return Promise.resolve([{ due: [] } as Row]);
    failures -= 1;
    return Promise.reject(new DatabaseUnavailable('lost', 'away', 'not-applied'));
  },
};

beforeEach(() => {
  jest.useFakeTimers();
  recorded = [];
  released = [];
  failures = 0;
  asked = 0;
  recorder = new Recorder({
    database: sql,
    log: { append: () => [], committed: () => undefined },
    onRecorded: ({ delivery }, wasOurs) => wasOurs && recorded.push(delivery.id),
    onReleased: ({ id }) => released.push(id),
    onDue: () => undefined,
    onError: () => undefined,
  });
  recorder.start();
});
afterEach(async () => {
  const stopped = recorder.stop();
  await jest.runAllTimersAsync();
  await stopped;
  jest.useRealTimers();
});

function add(isAwaited: boolean): DeliveryId {
  const outcome = { kind: 'answered', statusCode: 200, retryAfter: null } as const;
  const attempt = { outcome, startedAt: new Date(), durationMs: 1, responseBody: '' };
  const result: DeliveryResult = { delivery: claimedDelivery(), attempt, next: { kind: 'succeeded' } };
  recorder.add(result, isAwaited);
  return result.delivery.id;
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('a result', () => {
  it('that nobody waits for is recorded after 40 ms, with those that came meanwhile', async () => {
    const first = add(false);
    await pass(30);
    const second = add(false);
    await pass(8);
    expect(recorded).toEqual([]);
    await pass(2);
    expect(recorded).toEqual([first, second]);
    expect(asked).toBe(1);
  });

  it('that the next of its lane waits for is recorded after 10 ms, and others with it', async () => {
    const other = add(false);
    await pass(5);
    const awaited = add(true);
    await pass(8);
    expect(recorded).toEqual([]);
    await pass(2);
    expect(recorded).toEqual([other, awaited]);
    expect(asked).toBe(1);
  });

  it('is recorded within 10 ms from when somebody waits for it', async () => {
    const id = add(false);
    await pass(5);
    recorder.hurry();
    await pass(8);
    expect(recorded).toEqual([]);
    await pass(2);
    expect(recorded).toEqual([id]);
  });

  it('that follows a batch is gathered anew', async () => {
    const first = add(true);
    await pass(10);
    recorder.hurry();
    const second = add(false);
    await pass(38);
    expect(recorded).toEqual([first]);
    await pass(2);
    expect(recorded).toEqual([first, second]);
  });

  it('is recorded at once when it is the 50th', async () => {
    const ids = Array.from({ length: 49 }, () => add(false));
    await pass(5);
    expect(recorded).toEqual([]);
    ids.push(add(false));
    await pass(0);
    expect(recorded).toEqual(ids);
  });
});

describe('after a failure', () => {
  it('the next try comes after a pause, and gathers no more', async () => {
    failures = 1;
    const id = add(false);
    await pass(40);
    expect(asked).toBe(1);
    await pass(99);
    expect(asked).toBe(1);
    await pass(1);
    expect(recorded).toEqual([id]);
  });

  it('pauses grow to 2 s, and what comes meanwhile is recorded with the rest', async () => {
    failures = 8;
    const first = add(true);
    await pass(10);
    const second = add(false);
    for (const pauseMs of [100, 200, 400, 800, 1_600, 2_000, 2_000]) {
      const before = asked;
      await pass(pauseMs - 1);
      expect(asked).toBe(before);
      await pass(1);
      expect(asked).toBe(before + 1);
    }
    expect(recorded).toEqual([]);
    await pass(2_000);
    expect(recorded).toEqual([first, second]);
  });
});

describe('a claim that no call was made for', () => {
  it('is given back at once', async () => {
    const unused = claimedDelivery();
    recorder.release(unused);
    await pass(0);
    expect(released).toEqual([unused.id]);
  });
});

describe('stopping', () => {
  it('records at once what is there', async () => {
    const id = add(false);
    await pass(0);
    await recorder.stop();
    expect(recorded).toEqual([id]);
  });
});
