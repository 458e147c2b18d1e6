import { describe, expect, it } from '@jest/globals';
import { chooseRetry, type LetterInOrder } from './choose-retry.js';

const letter = (id: number, ...keys: string[]): LetterInOrder => ({ id, position: id, keys });

describe('what is retried together', () => {
  it('is the letter asked for and what is parked behind it', () => {
    const letters = [letter(1, 'a'), letter(2, 'a', 'b'), letter(3, 'c'), letter(4, 'b')];
    expect(chooseRetry(letters, 1)).toEqual({ kind: 'retry', ids: [1, 2, 4] });
    expect(chooseRetry(letters, 3)).toEqual({ kind: 'retry', ids: [3] });
  });

  it('leaves what also waits for another poison, and what follows that', () => {
    const letters = [letter(1, 'a'), letter(2, 'b'), letter(3, 'a', 'b'), letter(4, 'a')];
    expect(chooseRetry(letters, 1)).toEqual({ kind: 'retry', ids: [1] });
  });

  it('is nothing while an earlier one is in the way', () => {
    expect(chooseRetry([letter(1, 'a'), letter(2, 'a')], 2)).toEqual({ kind: 'blocked', by: 1 });
  });
});
