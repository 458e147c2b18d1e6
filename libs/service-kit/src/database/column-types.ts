import { types as defaultTypes } from 'pg';

const INT8 = 20;
const INT8_ARRAY = 1016;

/**
 * pg's parsers, but with `int8` as a number: positions, offsets and counts stay far below 2^53, and a string there
 * makes `a + 1` a concatenation. Given to each pool rather than set globally, so that no other user of pg is changed.
 */
export const columnTypes: { getTypeParser: typeof defaultTypes.getTypeParser } = {
  getTypeParser: (oid, format) => {
    if (format !== 'binary' && Number(oid) === INT8) return Number;
    if (format !== 'binary' && Number(oid) === INT8_ARRAY) return parseInt8Array;
    return defaultTypes.getTypeParser(oid, format);
  },
};

/** `{1,2,NULL}` of one dimension, which is all that the product stores. */
function parseInt8Array(text: string): (number | null)[] {
  const inner = text.slice(1, -1);
  if (inner === '') return [];
  return inner.split(',').map((item) => (item === 'NULL' ? null : Number(item)));
}
