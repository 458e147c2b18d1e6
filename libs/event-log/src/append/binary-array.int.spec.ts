import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectDatabase, type ConnectedDatabase } from '@ponte/service-kit';
import { testServers } from '@ponte/testing';
import { textArray } from './binary-array.js';

let database: ConnectedDatabase;
beforeAll(async () => {
  database = await connectDatabase({ url: testServers().databaseUrl, poolSize: 1 });
});
afterAll(async () => {
  await database.close();
});

describe('a binary array', () => {
  it.each([
    ['what array literals give a meaning to', ['a,b', '{}', 'NULL', '', 'say "hi"', 'back\\slash', null]],
    ['control characters and all planes of Unicode', ['two\nlines\t', '\u0001', '😀', 'ação', '日本']],
    ['one entry', ['one']],
    ['nothing but null', [null]],
    ['nothing', []],
    ['long texts', ['x'.repeat(1_000_000), 'é'.repeat(500_000)]],
  ])('arrives as it was: %s', async (_what, texts) => {
    const [row] = await database.query<{ texts: unknown }>('SELECT $1::text[] AS texts', [textArray(texts)]);
    expect(row?.texts).toEqual(texts);
  });
});
