/** Reads members of parsed JSON, whatever it turns out to be. */
export function memberAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)).get(key) : null;
}

/** The text or number at a key, as text; empty where there is none. */
export function textAt(value: unknown, key: string): string {
  const member = memberAt(value, key);
  return typeof member === 'string' || typeof member === 'number' ? String(member) : '';
}

export function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/** A place in a log: partition and position. */
export const place = (record: { partition: number; position: number }) =>
  `${String(record.partition)}/${String(record.position)}`;
