import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { recordBytes, type LogRecord } from '../record.js';
import { FreshRecords } from './fresh-records.js';
import type { RoundLimits } from './read-log.js';

const ROOMY: RoundLimits = { records: 300, bytesPerPartition: 1_000_000, bytes: 10_000_000 };

function record(partition: number, position: number, cause = randomUUID()): LogRecord {
  return {
    ...{ id: randomUUID(), type: 'ponte.Said.v1', workspaceId: randomUUID(), subject: 'deal/1', time: new Date() },
    ...{ data: '{}', correlationId: cause, causationId: null, traceparent: null, hops: 0 },
    ...{ partition, position, predecessorId: null },
  };
}

const BYTES = recordBytes(record(0, 1));

const records = (partition: number, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => record(partition, from + at));

const places = (taken: ReturnType<FreshRecords['takeAfter']>) =>
  taken?.records.map(({ partition, position }) => `${String(partition)}/${String(position)}`);

describe('what was just committed', () => {
  let fresh: FreshRecords;
  beforeEach(() => {
    fresh = new FreshRecords(100 * BYTES);
  });

  it('is taken from where the partition was sent, once', () => {
    expect(fresh.add([...records(0, 4, 6), ...records(1, 1, 1)])).toBe(true);
    const sent = new Map([[0, 4]]);
    expect(places(fresh.takeAfter(sent, ROOMY))).toEqual(['0/5', '0/6', '1/1']);
    sent.set(0, 6).set(1, 1);
    expect(fresh.takeAfter(sent, ROOMY)).toEqual({ records: [], more: false });
    fresh.add(records(0, 7, 7));
    expect(places(fresh.takeAfter(sent, ROOMY))).toEqual(['0/7']);
  });

  it('is not taken while something that is not here lies before it', () => {
    fresh.add(records(0, 5, 6));
    expect(fresh.takeAfter(new Map([[0, 3]]), ROOMY)).toBeNull();
    expect(places(fresh.takeAfter(new Map([[0, 4]]), ROOMY))).toEqual(['0/5', '0/6']);
  });

  it('is left to the log where it came in another order, or finds no room', () => {
    fresh.add(records(0, 3, 4));
    expect(fresh.add(records(0, 1, 2))).toBe(false);
    expect(fresh.takeAfter(new Map(), ROOMY)).toBeNull();
    expect(fresh.add(records(1, 1, 101))).toBe(false);
  });

  it('has room again for what follows what was sent', () => {
    fresh.add(records(0, 1, 100));
    fresh.takeAfter(new Map([[0, 100]]), ROOMY);
    expect(fresh.add(records(0, 101, 200))).toBe(true);
  });

  it('ends a batch at the end of a cause, unless the first one alone is over the limits', () => {
    const [a, b] = [randomUUID(), randomUUID()];
    fresh.add([record(0, 1, a), record(0, 2, a), record(0, 3, b), record(0, 4, b), record(0, 5, b)]);
    const takes = (limits: Partial<RoundLimits>, sent = 0) => {
      const taken = fresh.takeAfter(new Map([[0, sent]]), { ...ROOMY, ...limits });
      return [places(taken)?.length, taken?.more];
    };
    expect(takes({ records: 4 })).toEqual([2, true]);
    expect(takes({ bytesPerPartition: 4 * BYTES })).toEqual([2, true]);
    expect(takes({ records: 5 })).toEqual([5, false]);
    expect(takes({ bytesPerPartition: 1 })).toEqual([1, true]);
    expect(takes({ records: 2 }, 2)).toEqual([2, true]);
  });

  it('shares a round among partitions in turns', () => {
    fresh.add([...records(0, 1, 3), ...records(1, 1, 3), ...records(2, 1, 3)]);
    const limits = { ...ROOMY, records: 2, bytes: 4 * BYTES };
    expect(places(fresh.takeAfter(new Map(), limits))).toEqual(['0/1', '0/2', '1/1', '1/2']);
    const sent = new Map([0, 1].map((partition) => [partition, 2]));
    const next = fresh.takeAfter(sent, limits);
    expect(places(next)).toEqual(['0/3', '1/3', '2/1', '2/2']);
    expect(next?.more).toBe(true);
  });
});
