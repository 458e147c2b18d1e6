import { describe, expect, it } from '@jest/globals';
import type { Checkpoint } from '../../checks/judge-partition.js';
import { tailStarts } from './tail.js';

const checkpoint = (more: Partial<Checkpoint> = {}): Checkpoint => ({
  ...{ partition: 0, position: 5, recordId: 'e', offset: 9n, anchored: true },
  ...more,
});
const startOf = (position: number, at: Checkpoint, low: bigint, high: bigint) =>
  tailStarts([{ partition: 0, position, recordId: 'x' }], [at], new Map([[0, { low, high }]])).map(({ from }) => from);

describe('the tail of a topic', () => {
  it('is read from the checkpoint on, or from what retention has left', () => {
    expect(startOf(6, checkpoint(), 0n, 20n)).toEqual([9n]);
    expect(startOf(6, checkpoint(), 10n, 20n)).toEqual([10n]);
    // What retention took unseen shows as a gap, if the log lacks it.
    expect(startOf(6, checkpoint(), 12n, 20n)).toEqual([12n]);
    expect(startOf(0, checkpoint({ position: 0, recordId: null, offset: null, anchored: false }), 0n, 20n)).toEqual([
      'earliest',
    ]);
  });

  it('is looked for in all of the topic where a relay moved the checkpoint past the end of the log that came back', () => {
    expect(startOf(4, checkpoint(), 0n, 20n)).toEqual(['earliest']);
  });

  it('is all of a topic that ends before the checkpoint', () => {
    expect(startOf(6, checkpoint(), 2n, 9n)).toEqual([2n]);
  });
});
