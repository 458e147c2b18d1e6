import { describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '../port.js';
import { baseOffsetsOf, intoRequests } from './sender.js';

function record(partition: number, bytes: number): OutgoingRecord {
  return { partition, key: '', headers: {}, value: Buffer.alloc(bytes) };
}

/** The partitions and sizes of each request. */
function shape(requests: ReturnType<typeof intoRequests>): [number, number][][] {
  return requests.map((messages) => messages.map(({ partition, value }) => [partition ?? -1, value?.length ?? 0]));
}

describe('splitting into requests', () => {
  it('bounds the batch of each partition, not the request', () => {
    const records = [record(0, 400), record(1, 400), record(0, 400), record(1, 100), record(0, 50)];
    expect(shape(intoRequests(records, 1_000))).toEqual([
      [
        [0, 400],
        [1, 400],
        [0, 400],
        [1, 100],
      ],
      [[0, 50]],
    ]);
  });

  it('counts keys and headers', () => {
    const heavy = { partition: 0, key: 'k'.repeat(300), headers: { h: 'v'.repeat(300) }, value: null };
    expect(intoRequests([heavy, heavy], 1_000)).toHaveLength(2);
    expect(intoRequests([heavy, heavy], 2_000)).toHaveLength(1);
  });

  it('sends a record that is too large alone, for the broker to decide', () => {
    expect(shape(intoRequests([record(0, 10), record(0, 5_000), record(0, 10)], 1_000))).toEqual([
      [[0, 10]],
      [[0, 5_000]],
      [[0, 10]],
    ]);
  });

  it('makes no request of nothing', () => {
    expect(intoRequests([], 1_000)).toEqual([]);
  });
});

describe('the answers to a request', () => {
  const messages = [0, 0, 1].map((partition) => ({ partition, value: 'value' }));
  const answer = (partition: number) => ({ topicName: 'topic', partition, errorCode: 0, baseOffset: '7' });

  it('tell the first offset of each partition', () => {
    const offsets = baseOffsetsOf('topic', messages, [answer(0), answer(1)]);
    expect(offsets).toEqual(
      new Map([
        [0, 7n],
        [1, 7n],
      ]),
    );
  });

  it('do not pass for a success when a partition is left out', () => {
    const error = (() => {
      try {
        return baseOffsetsOf('topic', messages, [answer(0)]);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ kind: 'unavailable' });
  });
});
