/** Stands in the history where a credential was. */
export const NOT_KEPT = '(not kept)';

/**
 * Credentials of the sender's own. They prove nothing that the URL's token doesn't, no mapping reads them, everybody
 * who may see the history would see them, and a copy of the database would hand them out: so their values are dropped
 * before anything is written. Names stay, to tell a misconfigured sender from a silent one.
 */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie']);

/** Headers as they came: order, case and repetitions kept. */
export type HeaderPairs = [name: string, value: string][];

/** @param rawHeaders Node's `rawHeaders`: names and values in turn */
export function keepHeaders(rawHeaders: readonly string[]): HeaderPairs {
  const pairs: HeaderPairs = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    pairs.push([name, CREDENTIALS.has(name.toLowerCase()) ? NOT_KEPT : value]);
  }
  return pairs;
}

/** One text a name, in lower case; a repeated header's values are joined (RFC 9110, section 5.3). */
export function mergeHeaders(pairs: HeaderPairs): Record<string, string> {
  const merged = new Map<string, string>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const before = merged.get(key);
    merged.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(merged);
}
