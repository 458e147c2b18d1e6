import { describe, expect, it } from '@jest/globals';
import { PartitionQueue, takeSlices } from './slices.js';

/** A partition with so many records of so many bytes each. */
function queue(partition: number, records: number, bytes = 10): PartitionQueue {
  return new PartitionQueue({
    partition,
    highWatermark: BigInt(records),
    records: Array.from({ length: records }, (_, at) => ({
      ...{ partition, offset: BigInt(at), key: null, headers: {}, value: Buffer.alloc(bytes), timestampMs: 0 },
    })),
  });
}

const taken = (queues: readonly PartitionQueue[], maxRecords: number, maxBytes = 1_000_000) =>
  takeSlices(queues, maxRecords, maxBytes).map((slice) => [slice.queue.partition, slice.waiting.length]);

describe('what one transaction takes', () => {
  it('is all there is where it fits, in ascending partitions', () => {
    expect(taken([queue(7, 3), queue(2, 9), queue(5, 1)], 100)).toEqual([
      [2, 9],
      [5, 1],
      [7, 3],
    ]);
  });

  it('is shared evenly, and what one does not need goes to the others', () => {
    expect(taken([queue(0, 500), queue(1, 10), queue(2, 500)], 100)).toEqual([
      [0, 45],
      [1, 10],
      [2, 45],
    ]);
    expect(taken([queue(0, 500)], 100)).toEqual([[0, 100]]);
  });

  it('is bounded in bytes too, of all partitions together', () => {
    expect(taken([queue(0, 500), queue(1, 10), queue(2, 500)], 100, 500)).toEqual([
      [0, 20],
      [1, 10],
      [2, 20],
    ]);
  });

  it('is one record of each partition at least, whatever its size', () => {
    expect(taken([queue(0, 2, 900), queue(1, 2, 10)], 1, 100)).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  it('goes on behind what is settled', () => {
    const some = queue(0, 5);
    expect(some.advance(2)).toBe(2n);
    expect(taken([some], 100)).toEqual([[0, 3]]);
    some.drop();
    expect(some.length).toBe(0);
  });
});
