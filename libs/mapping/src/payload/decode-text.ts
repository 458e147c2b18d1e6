import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { Unreadable } from './payload-value.js';

const LATIN1 = new Set(['iso-8859-1', 'iso8859-1', 'latin1', 'latin-1', 'windows-1252', 'cp1252', 'us-ascii', 'ascii']);

/**
 * The text of a body. A byte order mark decides, then the declared charset, then the bytes themselves: what is not
 * UTF-8 is read as windows-1252, as older PHP senders write it under any label.
 */
export function decodeText(bytes: Buffer, charset: string | null): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.toString('utf8', 3);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (charset !== null && isLatin1(charset)) return decodeWindows1252(bytes);
  if (charset === null || charset === 'utf-8' || charset === 'utf8') {
    return isUtf8(bytes) ? bytes.toString('utf8') : decodeWindows1252(bytes);
  }
  return decodeAs(bytes, charset);
}

/** WHATWG reads `iso-8859-1` as windows-1252, and so do senders: "smart quotes" arrive under either label. */
export function isLatin1(charset: string): boolean {
  return LATIN1.has(charset);
}

export function decodeWindows1252(bytes: Buffer): string {
  return new TextDecoder('windows-1252').decode(bytes);
}

function decodeAs(bytes: Buffer, charset: string): string {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset);
  } catch {
    throw new Unreadable('unsupported_charset', 'The charset in the content type is not known.');
  }
  return decoder.decode(bytes);
}
