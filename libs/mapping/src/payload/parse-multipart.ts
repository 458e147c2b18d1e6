import { decodeText } from './decode-text.js';
import { nestFields } from './parse-form.js';
import { MAX_FORM_FIELDS, Unreadable, type PayloadObject } from './payload-value.js';

const NEW_LINE = 0x0a;
const RETURN = 0x0d;
/** Header lines of one part, at most; real ones have two or three short ones. */
const MAX_HEAD_BYTES = 4_096;
/** With the line break before it. */
const EMPTY_LINES = ['\n\r\n', '\n\n'] as const;

/**
 * The delimiter of a multipart body: what the content type declares, else what the body itself begins with, as some
 * tools send a form under another type; null where it is no multipart form.
 *
 * @param contentType as it came: boundaries are case-sensitive
 */
export function boundaryOf(contentType: string, body: Buffer): string | null {
  const declared = /^\s*multipart\/[^;]+;.*?\bboundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  const boundary = declared?.[1] ?? declared?.[2];
  if (boundary !== undefined) return boundary;
  const beginning = body.toString('latin1', 0, 300);
  return /^--(\S{1,200})\r?\ncontent-disposition:\s*form-data/i.exec(beginning)?.[1] ?? null;
}

/**
 * Parses `multipart/form-data` (RFC 7578). Brackets in names nest as in other forms. Of a file its name is taken; its
 * bytes are no field of anybody.
 *
 * @throws Unreadable `malformed_form`, `too_many_fields` or `too_deep`
 */
export function parseMultipart(body: Buffer, boundary: string): PayloadObject {
  return nestFields(fieldsOf(body, Buffer.from(`--${boundary}`)));
}

function* fieldsOf(body: Buffer, delimiter: Buffer): Generator<readonly [name: string, value: string]> {
  let at = nextDelimiter(body, delimiter, 0);
  for (let parts = 0; ; parts += 1) {
    // Parts without a name are no fields, and cost as much.
    if (parts > MAX_FORM_FIELDS) throw new Unreadable('too_many_fields', 'The form has too many parts.');
    const afterDelimiter = at + delimiter.length;
    if (body.toString('latin1', afterDelimiter, afterDelimiter + 2) === '--') return;
    const head = headOf(body, afterDelimiter);
    at = nextDelimiter(body, delimiter, head.end);
    const name = parameterOf(head.text, 'name');
    if (name === null) continue;
    yield [
      name,
      parameterOf(head.text, 'filename') ?? contentOf(body.subarray(head.end, lineBefore(body, at)), head.text),
    ];
  }
}

/** The next delimiter that stands at the beginning of a line. */
function nextDelimiter(body: Buffer, delimiter: Buffer, from: number): number {
  for (let at = body.indexOf(delimiter, from); at !== -1; at = body.indexOf(delimiter, at + 1)) {
    if (at === 0 || body[at - 1] === NEW_LINE) return at;
  }
  throw new Unreadable('malformed_form', 'The multipart body ends without its closing delimiter.');
}

/** The lines between a delimiter and the empty line; `end` is where the content begins. */
function headOf(body: Buffer, from: number): { text: string; end: number } {
  const window = body.subarray(from, from + MAX_HEAD_BYTES);
  const [first] = EMPTY_LINES.map((line) => ({ at: window.indexOf(line), length: line.length }))
    .filter(({ at }) => at !== -1)
    .sort((a, b) => a.at - b.at);
  if (first === undefined)
    throw new Unreadable('malformed_form', 'A part of the multipart body has no end of its head.');
  return { text: window.toString('utf8', 0, first.at), end: from + first.at + first.length };
}

/** The line break before a delimiter belongs to the delimiter. */
function lineBefore(body: Buffer, delimiterAt: number): number {
  return body[delimiterAt - 2] === RETURN ? delimiterAt - 2 : delimiterAt - 1;
}

/** Quotes within names come as `%22` from browsers and as `\"` from others. */
function parameterOf(head: string, name: 'name' | 'filename'): string | null {
  const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? '';
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(disposition);
  const quoted = match?.[1]?.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"');
  return quoted ?? match?.[2] ?? null;
}

function contentOf(bytes: Buffer, head: string): string {
  const charset = /^content-type:.*?\bcharset\s*=\s*"?([^"\s;]+)/im.exec(head)?.[1];
  return decodeText(bytes, charset?.toLowerCase() ?? null);
}
