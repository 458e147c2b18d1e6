import { describe, expect, it } from '@jest/globals';
import { Problem } from '../problems/index.js';
import { StorableText } from './storable-text.js';

const pipe = new StorableText();

function refusedFields(value: unknown, type: 'body' | 'query' = 'body'): unknown {
  try {
    pipe.transform(value, { type });
    return null;
  } catch (error) {
    return error instanceof Problem && error.status === 400 ? error.document('1')['errors'] : error;
  }
}

describe('a text that no database can hold', () => {
  it.each([
    ['a NUL', 'a\0b'],
    ['half of a surrogate pair', 'a\ud800'],
  ])('is refused by its field: %s', (_what, text) => {
    const messages = ['must be text without NUL or broken characters'];
    expect(refusedFields({ name: 'x', stages: [{ name: text }] })).toEqual([{ field: 'stages.0.name', messages }]);
    expect(refusedFields({ email: text }, 'query')).toEqual([{ field: 'email', messages }]);
  });

  it('is refused as a name of a member too', () => {
    expect(refusedFields({ mapping: { 'a\0': 1 } })).toMatchObject([{ field: 'mapping' }]);
  });

  it('is no text with other signs, nor anything else', () => {
    expect(refusedFields({ name: 'Ação 🎉\n', order: 3, archived: null, list: [true] })).toBeNull();
    expect(refusedFields(undefined)).toBeNull();
  });
});
