import { Unreadable, type PayloadValue } from './payload-value.js';

/** Numbers that may not survive as doubles. Cheap to test, and rarely true, so most bodies take the native path. */
const MAY_LOSE_DIGITS = /[\d.]{16}|\d[eE][+-]?\d{2}/;

/**
 * Parses JSON text; a number that a double can't hold stays the text that was sent. The last of duplicate keys wins.
 * The result still has to be settled (depth, `__proto__`): see `settle`.
 *
 * @throws Unreadable `malformed_json`; its detail names the position and never quotes the payload.
 */
export function parseJson(text: string): PayloadValue {
  try {
    const value: PayloadValue = MAY_LOSE_DIGITS.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
    return value;
  } catch (error) {
    if (error instanceof RangeError) throw new Unreadable('too_deep', 'The JSON is nested too deeply.');
    throw new Unreadable('malformed_json', whereItBroke(error));
  }
}

/** Reviver with source text access: https://tc39.es/proposal-json-parse-with-source/ */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && !isExact(value, source) ? source : value;
}

/** Any 15 significant digits survive a double and back (IEEE 754 binary64). */
function isExact(value: number, source: string): boolean {
  if (String(value) === source) return true;
  if (!Number.isFinite(value)) return false;
  const mantissa = source.replace(/[eE].*$/, '');
  const digits = mantissa.replace(/[-.]/g, '').replace(/^0+/, '');
  const significant = mantissa.includes('.') ? digits.replace(/0+$/, '') : digits;
  return significant.length <= 15 && (value !== 0 || significant === '');
}

/** V8's message quotes the text around the error, which may be personal data: only the position is taken from it. */
function whereItBroke(error: unknown): string {
  const position = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined
    ? 'The body is not valid JSON.'
    : `The body is not valid JSON (at character ${position}).`;
}
