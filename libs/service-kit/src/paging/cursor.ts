import { invalid } from '../problems/index.js';

/** What a cursor may hold: the sort keys of the last item of a page, in their order. Dates go in as ISO texts. */
export type CursorKeys = readonly (string | number)[];

/** A page of a list. `nextCursor` is null on the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** @returns an opaque text for URLs that holds where a page ended. */
export function encodeCursor(keys: CursorKeys): string {
  return Buffer.from(JSON.stringify(keys), 'utf8').toString('base64url');
}

/**
 * @param kinds the types that the keys must have, in their order
 * @returns the keys, or null when there is no cursor (the first page)
 * @throws Problem 400 when the text isn't a cursor of this list
 */
export function decodeCursor<const Kinds extends readonly KeyKind[]>(
  cursor: string | undefined,
  kinds: Kinds,
): KeysOf<Kinds> | null {
  if (cursor === undefined) return null;
  const keys = parse(cursor);
  if (!isKeys(keys, kinds)) {
    throw invalid('The cursor is not one of this list.', [{ field: 'cursor', messages: ['is not a valid cursor'] }]);
  }
  return keys;
}

/** `timestamp`: an ISO text; `uuid`: checked, because the keys go into queries that would fail on anything else. */
export type KeyKind = 'string' | 'number' | 'uuid' | 'timestamp';

/** The types of the keys that the kinds describe. */
export type KeysOf<Kinds extends readonly KeyKind[]> = {
  -readonly [Index in keyof Kinds]: Kinds[Index] extends 'number' ? number : string;
};

/**
 * Makes a page from rows that were read with one more than the limit, which tells whether there is a next page without
 * counting.
 *
 * @param keysOf the sort keys of a row, from which the next page goes on
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keysOf: (row: Row) => CursorKeys,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items: shown.map(itemOf), nextCursor: hasMore ? encodeCursor(keysOf(last)) : null };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function isKeys<Kinds extends readonly KeyKind[]>(keys: unknown, kinds: Kinds): keys is KeysOf<Kinds> {
  return Array.isArray(keys) && keys.length === kinds.length && kinds.every((kind, index) => isKey(keys[index], kind));
}

function isKey(value: unknown, kind: KeyKind): boolean {
  switch (kind) {
    case 'number':
      return Number.isSafeInteger(value);
    case 'string':
      return typeof value === 'string' && !value.includes('\0');
    case 'uuid':
      return typeof value === 'string' && UUID.test(value);
    case 'timestamp':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]/.test(value) && !Number.isNaN(Date.parse(value));
  }
}
