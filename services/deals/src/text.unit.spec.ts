import { describe, expect, it } from '@jest/globals';
import { canonicalDecimal, known, sameAmount } from './text.js';

describe('text', () => {
  it('an empty text says nothing', () => {
    expect([known(null), known(undefined), known(' '), known(' a ')]).toEqual([null, null, null, 'a']);
  });

  it.each([
    ['297.00', '297.00'],
    ['0010.50', '10.50'],
    ['000', '0'],
    ['-0.00', '0.00'],
    ['-007', '-7'],
  ])('the decimal %s is spelled %s', (given, spelled) => {
    expect(canonicalDecimal(given)).toBe(spelled);
  });

  it('amounts are the same whatever their zeros', () => {
    expect(sameAmount('297', '297.00')).toBe(true);
    expect(sameAmount('100', '1')).toBe(false);
    expect(sameAmount('-0', '0.0')).toBe(true);
    expect(sameAmount('10.10', '10.1')).toBe(true);
  });
});
