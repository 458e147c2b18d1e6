import { decodeWindows1252, isLatin1 } from './decode-text.js';
import { MAX_DEPTH, MAX_FORM_FIELDS, Unreadable, type PayloadObject, type PayloadValue } from './payload-value.js';

/** A level of brackets under construction. `next` is the index that `[]` takes, as in PHP. */
interface Branch {
  members: Map<string, Branch | string>;
  next: number;
}

/**
 * Parses `application/x-www-form-urlencoded` text and query strings as PHP does, since PHP wrote most of them:
 * `a[b][c]=1` nests, `a[]=1` appends, the last of duplicates wins, and members keyed 0, 1, 2 … become a list. Names keep
 * their dots and spaces, which PHP would turn into `_`.
 *
 * @param charset of the percent-encoded bytes, lower case; null: UTF-8, and windows-1252 where they are not.
 * @throws Unreadable `too_many_fields` or `too_deep`
 */
export function parseForm(text: string, charset: string | null = null): PayloadObject {
  return nestFields(fieldsOf(text, charset !== null && isLatin1(charset)));
}

/**
 * Named fields as a payload, whatever carried them: the brackets in their names say where they belong.
 *
 * @throws Unreadable `too_many_fields` or `too_deep`
 */
export function nestFields(fields: Iterable<readonly [name: string, value: string]>): PayloadObject {
  const root: Branch = { members: new Map(), next: 0 };
  let count = 0;
  for (const [name, value] of fields) {
    if (++count > MAX_FORM_FIELDS) {
      throw new Unreadable('too_many_fields', `The form has more than ${MAX_FORM_FIELDS} fields.`);
    }
    place(root, keysOf(name), value);
  }
  return objectOf(root);
}

function* fieldsOf(text: string, latin1: boolean): Generator<readonly [string, string]> {
  for (const pair of pairsOf(text)) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    const value = equals === -1 ? '' : pair.slice(equals + 1);
    yield [decodeComponent(name, latin1), decodeComponent(value, latin1)];
  }
}

function* pairsOf(text: string): Generator<string> {
  let start = 0;
  while (start <= text.length) {
    const end = text.indexOf('&', start);
    yield text.slice(start, end === -1 ? text.length : end);
    if (end === -1) return;
    start = end + 1;
  }
}

/** `a[b][]` → `a`, `b`, ``. A name whose brackets don't follow one another is one key, brackets and all. */
function keysOf(name: string): string[] {
  const open = name.indexOf('[');
  if (open <= 0 || !name.endsWith(']')) return [name];
  const keys = [name.slice(0, open)];
  let at = open;
  while (at < name.length) {
    const close = name[at] === '[' ? name.indexOf(']', at) : -1;
    if (close === -1) return [name];
    keys.push(name.slice(at + 1, close));
    if (keys.length > MAX_DEPTH)
      throw new Unreadable('too_deep', `A field is nested more than ${MAX_DEPTH} levels deep.`);
    at = close + 1;
  }
  return keys;
}

function place(root: Branch, keys: readonly string[], value: string): void {
  let branch = root;
  for (let level = 0; level < keys.length; level++) {
    const given = keys[level] ?? '';
    const key = given === '' && level > 0 ? String(branch.next) : given;
    if (key === '__proto__') return;
    if (isIndex(key)) branch.next = Math.max(branch.next, Number(key) + 1);
    if (level === keys.length - 1) {
      branch.members.set(key, value);
      return;
    }
    const existing = branch.members.get(key);
    const child: Branch = typeof existing === 'object' ? existing : { members: new Map(), next: 0 };
    if (child !== existing) branch.members.set(key, child);
    branch = child;
  }
}

function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(key);
}

function objectOf(branch: Branch): PayloadObject {
  const object: PayloadObject = {};
  for (const [key, member] of branch.members) object[key] = valueOf(member);
  return object;
}

function valueOf(member: Branch | string): PayloadValue {
  if (typeof member === 'string') return member;
  let index = 0;
  for (const key of member.members.keys()) {
    if (key !== String(index++)) return objectOf(member);
  }
  return [...member.members.values()].map(valueOf);
}

function decodeComponent(text: string, latin1: boolean): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  if (!latin1) {
    try {
      return decodeURIComponent(spaced);
    } catch {
      // Not UTF-8, or a lone percent sign ("100%"): decoded byte by byte below, which keeps what it can't read.
    }
  }
  return decodeBytes(spaced, latin1);
}

/** Runs of `%XX` decoded as bytes; a percent sign that begins none stays. */
function decodeBytes(text: string, latin1: boolean): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    const utf8 = latin1 ? null : strictUtf8(bytes);
    return utf8 ?? decodeWindows1252(bytes);
  });
}

function strictUtf8(bytes: Buffer): string | null {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? null : text;
}
