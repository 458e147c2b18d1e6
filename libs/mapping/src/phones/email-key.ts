import { clean } from '../text/clean.js';

/** RFC 5321, 4.5.3.1.3: a path of 256 octets, less its angle brackets. */
const MAX_EMAIL = 254;

/**
 * The key under which an e-mail address matches: trimmed and case-folded. Null where it is no address: not exactly one
 * `@` with text on both sides, a blank in it, or more than 254 characters. Deliberately no stricter: whether it can be
 * written to is the receiver's to say.
 */
export function emailKey(raw: string): string | null {
  const address = cleanEmail(raw).toLowerCase();
  return address.length <= MAX_EMAIL && /^[^\s@]+@[^\s@]+$/.test(address) ? address : null;
}

/** An address as it was typed, without the invisible characters that copying from a web page brings along. */
export function cleanEmail(raw: string): string {
  return clean(raw)
    .replace(/[\u200b-\u200d\u2060\ufeff]/g, '')
    .replace(/^\s*mailto:/i, '')
    .trim();
}
