import { isDeepStrictEqual } from 'node:util';

/** What somebody changed, by field: kept beside who did it and when. */
export type FieldChanges = Record<string, { from: unknown; to: unknown }>;

/** The fields of `after` whose value is another one than before; a field that was not there before was null. */
export function changesBetween(before: object, after: object): FieldChanges {
  const old = new Map<string, unknown>(Object.entries(before));
  const changes: FieldChanges = {};
  for (const [field, to] of Object.entries(after)) {
    const from: unknown = old.get(field) ?? null;
    if (!isDeepStrictEqual(from, to)) changes[field] = { from, to };
  }
  return changes;
}
