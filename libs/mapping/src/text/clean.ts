import type { PayloadValue } from '../payload/payload-value.js';

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const ALL_CONTROLS = new RegExp(CONTROLS.source, 'g');

/**
 * Text that every store takes. Postgres has no NUL in text and no lone surrogates in jsonb, and one such character in a
 * name must not make the whole payload unappliable.
 */
export function clean(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed();
  return CONTROLS.test(formed) ? formed.replace(ALL_CONTROLS, '') : formed;
}

/**
 * A payload value as text, or null where it has none to give: missing, empty, or nothing but blanks. The members of a
 * list are joined; an object becomes JSON.
 */
export function textOf(value: PayloadValue | undefined, separator = ', '): string | null {
  switch (typeof value) {
    case 'string':
      return clean(value).trim() || null;
    case 'number':
      return plainNumber(value);
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? null : textOfObject(value, separator);
    default:
      return null;
  }
}

function textOfObject(
  value: Exclude<PayloadValue, string | number | boolean | null>,
  separator: string,
): string | null {
  if (!Array.isArray(value)) return Object.keys(value).length === 0 ? null : clean(JSON.stringify(value));
  const texts = value.map((member) => textOf(member)).filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join(separator);
}

/** Without an exponent: an order number of 22 digits reads as digits. */
function plainNumber(value: number): string {
  const text = String(value);
  return text.includes('e') && Number.isInteger(value) ? BigInt(value).toString() : text;
}
