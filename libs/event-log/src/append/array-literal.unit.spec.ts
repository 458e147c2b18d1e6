import { describe, expect, it } from '@jest/globals';
import { plainArray, textArray } from './array-literal.js';

describe('an array literal', () => {
  it('quotes what the array syntax gives a meaning to', () => {
    expect(textArray(['a,b', '{}', 'NULL', '', 'say "hi"', 'back\\slash', null])).toBe(
      '{"a,b","{}","NULL","","say \\"hi\\"","back\\\\slash",NULL}',
    );
  });

  it('keeps control characters and surrogate pairs as they are, since \\n would be read as n', () => {
    expect(textArray(['two\nlines "q"', '😀 \\', 'é'])).toBe('{"two\nlines \\"q\\"","😀 \\\\","é"}');
  });

  it('writes numbers and ids without quotes', () => {
    expect(plainArray([1, null, 3n, 'e7c2'])).toBe('{1,NULL,3,e7c2}');
    expect(plainArray([])).toBe('{}');
  });
});
