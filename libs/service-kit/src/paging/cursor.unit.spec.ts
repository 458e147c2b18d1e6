import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Problem } from '../problems/index.js';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from './index.js';

describe('a cursor', () => {
  it('gives back the keys that it was made of', () => {
    const keys = ['2026-01-02T03:04:05.678Z', randomUUID()] as const;
    const cursor = encodeCursor(keys);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeCursor(cursor, ['timestamp', 'uuid'])).toEqual(keys);
    expect(decodeCursor(undefined, ['uuid'])).toBeNull();
  });

  it.each([
    ['no cursor', '!'],
    ['JSON of something else', Buffer.from('{"a":1}').toString('base64url')],
    ['too few keys', encodeCursor(['2026-01-02T03:04:05Z'])],
    ['a key that is no uuid', encodeCursor(['2026-01-02T03:04:05Z', "' OR 1=1"])],
    ['a key that is no time', encodeCursor(['yesterday', randomUUID()])],
    ['a key of another type', encodeCursor([7, randomUUID()])],
  ])('of another making (%s) is the client’s mistake, not a failing query', (_, cursor) => {
    expect(() => decodeCursor(cursor, ['timestamp', 'uuid'])).toThrow(Problem);
  });
});

describe('a page', () => {
  const page = (count: number) =>
    pageOf(
      Array.from({ length: count }, (_, id) => id),
      3,
      (id) => [id],
      (id) => ({ id }),
    );

  it('has a next one only when more rows were read than it shows', () => {
    expect(page(3)).toEqual({ items: [{ id: 0 }, { id: 1 }, { id: 2 }], nextCursor: null });
    const first = page(4);
    expect(first.items).toHaveLength(3);
    expect(decodeCursor(first.nextCursor ?? undefined, ['number'])).toEqual([2]);
    expect(page(0)).toEqual({ items: [], nextCursor: null });
  });

  it('is asked for with a bounded limit', () => {
    const valid = (query: object) => validateSync(plainToInstance(PageQuery, query)).length === 0;
    expect(plainToInstance(PageQuery, {}).limit).toBe(50);
    expect(plainToInstance(PageQuery, { limit: '7' }).limit).toBe(7);
    expect([{ limit: '0' }, { limit: '201' }, { limit: '1.5' }, { limit: 'x' }].some(valid)).toBe(false);
    expect(valid({ limit: '200', cursor: 'abc' })).toBe(true);
  });
});
