import { describe, expect, it } from '@jest/globals';
import { advance } from './progress.js';

const at = (partition: number, ...positions: number[]) => positions.map((position) => ({ partition, position }));

describe('the proof that an outcome comes for every payload', () => {
  it('goes on by one in each partition', () => {
    const { positions, gaps } = advance(new Map([[1, 4]]), [...at(1, 5, 6), ...at(2, 1)]);
    expect([...positions]).toEqual([
      [1, 6],
      [2, 1],
    ]);
    expect(gaps).toEqual([]);
  });

  it('records a jump once, and goes on behind it', () => {
    const { positions, gaps } = advance(new Map([[1, 4]]), at(1, 8, 9));
    expect(gaps).toEqual([{ kind: 'missing', partition: 1, first: 5, last: 7 }]);
    expect(positions.get(1)).toBe(9);
  });

  it('notices that the first of all is missing', () => {
    expect(advance(new Map(), at(1, 2)).gaps).toEqual([{ kind: 'missing', partition: 1, first: 1, last: 1 }]);
  });

  it('records an outcome that comes again, and goes not back', () => {
    const { positions, gaps } = advance(new Map([[1, 4]]), at(1, 5, 5, 2));
    expect(gaps).toEqual([
      { kind: 'repeated', partition: 1, first: 5, last: 5 },
      { kind: 'repeated', partition: 1, first: 2, last: 2 },
    ]);
    expect(positions.get(1)).toBe(5);
  });
});
