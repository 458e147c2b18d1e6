import { describe, expect, it } from '@jest/globals';
import { changesBetween } from './index.js';

describe('what was changed', () => {
  it('is each field with another value, compared by what is in it', () => {
    expect(changesBetween({ name: 'A', tags: ['x'], url: '/a' }, { name: 'B', tags: ['x'], url: '/a' })).toEqual({
      name: { from: 'A', to: 'B' },
    });
  });

  it('comes from null where a field was not there before, and null to null is no change', () => {
    expect(changesBetween({}, { name: 'A', mapping: null })).toEqual({ name: { from: null, to: 'A' } });
  });
});
