const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
const TEXT_OID = 25;

/**
 * A Postgres array of texts in its binary form, which pg passes on as it is. Nothing of it is escaped here or read letter
 * by letter there: as a literal, 2 MB of event data in JSON took both sides 15 ms.
 *
 * Source: array_recv in https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? NULL_LENGTH : Buffer.byteLength(value)));
  let size = HEADER_BYTES;
  for (const length of lengths) size += LENGTH_BYTES + Math.max(0, length);
  const array = Buffer.allocUnsafe(size);
  array.writeInt32BE(1, 0); // dimensions
  array.writeInt32BE(lengths.includes(NULL_LENGTH) ? 1 : 0, 4);
  array.writeInt32BE(TEXT_OID, 8);
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16); // its subscripts begin there
  let at = HEADER_BYTES;
  values.forEach((value, index) => {
    at = array.writeInt32BE(lengths[index] ?? NULL_LENGTH, at);
    if (value !== null) at += array.write(value, at);
  });
  return array;
}
