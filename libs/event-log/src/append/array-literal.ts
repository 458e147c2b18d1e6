/** A Postgres array literal of values that need no quotes: numbers, uuids, ISO times. */
export function plainArray(values: readonly (string | number | bigint | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : String(value))).join(',')}}`;
}
