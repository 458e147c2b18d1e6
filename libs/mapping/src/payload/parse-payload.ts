import { decodeText } from './decode-text.js';
import { parseForm } from './parse-form.js';
import { parseJson } from './parse-json.js';
import { boundaryOf, parseMultipart } from './parse-multipart.js';
import { Unreadable, type PayloadObject, type PayloadValue, type UnreadableReason } from './payload-value.js';
import { settle } from './settle.js';

export interface PayloadRequest {
  /** The `content-type` header as it came; tools leave it out, or name another than they send. */
  contentType: string | null | undefined;
  rawBody: Buffer;
  /** The raw query string, with or without its `?`. */
  query: string;
}

export type PayloadFormat = 'json' | 'form' | 'query';

export type ParsedPayload =
  | { kind: 'parsed'; payload: PayloadValue; format: PayloadFormat }
  | { kind: 'empty' }
  | { kind: 'unreadable'; reason: UnreadableReason; detail: string };

/**
 * Turns a request into a payload. The bytes are believed over the content type. A body wins over the query string,
 * which is the payload only where there is no body (tools that send by GET).
 *
 * Never throws, and no detail quotes the payload. `empty` is a request without body and query: a link preview or a
 * tool's check of the URL.
 */
export function parsePayload(request: PayloadRequest): ParsedPayload {
  try {
    return parseBody(request) ?? parseQueryOnly(request.query);
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'unreadable', reason: error.reason, detail: error.detail };
    throw error;
  }
}

/**
 * The fields of a query string, nested as in a form; what the mapping's `query` sources read.
 * An unreadable one has no fields.
 */
export function parseQuery(query: string): PayloadObject {
  try {
    return parseForm(query.startsWith('?') ? query.slice(1) : query);
  } catch (error) {
    if (error instanceof Unreadable) return {};
    throw error;
  }
}

function parseQueryOnly(query: string): ParsedPayload {
  const payload = parseForm(query.startsWith('?') ? query.slice(1) : query);
  return Object.keys(payload).length === 0
    ? { kind: 'empty' }
    : { kind: 'parsed', payload: settle(payload), format: 'query' };
}

function parseBody({ contentType, rawBody }: PayloadRequest): ParsedPayload | null {
  if (rawBody.length === 0) return null;
  const boundary = boundaryOf(contentType ?? '', rawBody);
  if (boundary !== null) return parsedFields(parseMultipart(rawBody, boundary));
  const { mediaType, charset } = readContentType(contentType ?? '');
  const text = decodeText(rawBody, charset).trim();
  if (text === '') return null;
  if (text.startsWith('<')) throw new Unreadable('unsupported_media_type', 'XML and HTML bodies are not read.');
  return mediaType === 'application/x-www-form-urlencoded'
    ? parseDeclaredForm(text, charset)
    : parseSniffed(text, mediaType, charset);
}

/** Some tools send JSON under the form type that their HTTP client sets by itself. */
function parseDeclaredForm(text: string, charset: string | null): ParsedPayload {
  if (looksLikeJson(text)) {
    try {
      return parsedJson(text);
    } catch (error) {
      if (!(error instanceof Unreadable) || error.reason !== 'malformed_json') throw error;
    }
  }
  return parsedForm(text, charset);
}

function parseSniffed(text: string, mediaType: string, charset: string | null): ParsedPayload {
  if (!looksLikeJson(text) && /^[^=&\s{}"]+=/.test(text)) return parsedForm(text, charset);
  if (looksLikeJson(text) || /\bjson$/.test(mediaType)) return parsedJson(text);
  throw new Unreadable('unsupported_media_type', 'The body is neither JSON nor a form.');
}

function looksLikeJson(text: string): boolean {
  return text.startsWith('{') || text.startsWith('[') || text.startsWith('"');
}

function parsedJson(text: string): ParsedPayload {
  const value = settle(parseJson(text));
  if (typeof value !== 'object' || value === null) {
    throw new Unreadable('no_fields', 'The JSON is a single value without fields.');
  }
  return { kind: 'parsed', payload: value, format: 'json' };
}

function parsedForm(text: string, charset: string | null): ParsedPayload {
  return parsedFields(parseForm(text, charset));
}

function parsedFields(fields: PayloadObject): ParsedPayload {
  return { kind: 'parsed', payload: settle(fields), format: 'form' };
}

function readContentType(header: string): { mediaType: string; charset: string | null } {
  const [mediaType = '', ...parameters] = header.toLowerCase().split(';');
  for (const parameter of parameters) {
    const charset = /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/.exec(parameter)?.[1];
    if (charset !== undefined) return { mediaType: mediaType.trim(), charset };
  }
  return { mediaType: mediaType.trim(), charset: null };
}
