import { describe, expect, it } from '@jest/globals';
import { plainArray } from './array-literal.js';

describe('an array literal', () => {
  it('writes numbers and ids without quotes', () => {
    expect(plainArray([1, null, 3n, 'e7c2'])).toBe('{1,NULL,3,e7c2}');
    expect(plainArray([])).toBe('{}');
  });
});
