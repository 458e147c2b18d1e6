import { parsePath, type Path } from '../paths/path.js';
import { readPath } from '../paths/read-path.js';
import type { PayloadObject, PayloadValue } from '../payload/payload-value.js';
import { textOf } from '../text/clean.js';
import type { RequestHeaders } from '../mapping/read-source.js';

/** A place in a request: a header, a path in the payload, or a path in the query string. */
export type RequestPart = `header:${string}` | `body:${string}` | `query:${string}`;

/** A request as far as rules about it look. Header names are in lower case, as Node gives them. */
export interface RequestView {
  headers: RequestHeaders;
  body: PayloadValue;
  query: PayloadObject;
}

type PartReader = (request: RequestView) => string | null;

// Parts come from presets and settings, of which there are few; the cap only guards against endless other ones.
const compiled = new Map<RequestPart, PartReader>();
const MAX_COMPILED = 2_000;

/** The text at a part of a request, or null where there is none. A part with a bad path has none. */
export function readPart(part: RequestPart, request: RequestView): string | null {
  let reader = compiled.get(part);
  if (reader === undefined) {
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(part, (reader = compilePart(part)));
  }
  return reader(request);
}

function compilePart(part: RequestPart): PartReader {
  const colon = part.indexOf(':');
  const rest = part.slice(colon + 1);
  if (part.startsWith('header:')) {
    const name = rest.toLowerCase();
    return ({ headers }) => textOf(headerOf(headers, name));
  }
  const result = parsePath(rest);
  if (result.kind === 'bad_path') return () => null;
  return part.startsWith('body:') ? bodyReader(result.path) : queryReader(result.path);
}

function headerOf(headers: RequestHeaders, name: string): PayloadValue | undefined {
  const value = headers[name];
  return typeof value === 'string' || value === undefined ? value : [...value];
}

function bodyReader(path: Path): PartReader {
  return ({ body }) => textOf(readPath(path, body, body));
}

function queryReader(path: Path): PartReader {
  return ({ query }) => textOf(readPath(path, query, query));
}
