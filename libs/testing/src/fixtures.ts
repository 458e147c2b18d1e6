import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A payload as a tool really sends it, and what a mapping should make of it. All persons in them are invented. */
export interface InboundFixture {
  /** File name without endings: `hotmart-purchase-approved`. */
  name: string;
  /** The tool's name, for people. */
  tool: string;
  request: {
    method: string;
    headers: Readonly<Record<string, string>>;
    query: Readonly<Record<string, string>>;
    /** Exactly the bytes to send, as UTF-8. */
    rawBody: string;
  };
  /** How the sender authenticates: `scheme` and what that scheme needs (header, secret, algorithm …). */
  auth: Readonly<Record<string, string>>;
  /** What a mapping should make of it: `name`, `email`, `phoneE164`, `status`, `value` … */
  expected: Readonly<Record<string, unknown>>;
}

/** Where the recorded payloads and the list of phones (`phones-br.json`) lie. */
export const FIXTURES_FOLDER = fileURLToPath(new URL('../fixtures/', import.meta.url));

const INBOUND = `${FIXTURES_FOLDER}inbound/`;

/** The names of all recorded payloads, in alphabetical order. */
export function inboundFixtureNames(): string[] {
  return readdirSync(INBOUND)
    .filter((file) => file.endsWith('.json'))
    .map(nameOf)
    .sort();
}

/**
 * Loads one recorded payload by its name.
 *
 * @throws Error when there is none of that name or the file is not of the shape above.
 */
export function inboundFixture(name: string): InboundFixture {
  const file = readdirSync(INBOUND).find((candidate) => nameOf(candidate) === name);
  if (file === undefined) {
    throw new Error(`There is no fixture "${name}". There are: ${inboundFixtureNames().join(', ')}.`);
  }
  const content: unknown = JSON.parse(readFileSync(INBOUND + file, 'utf8'));
  const root = record(content, file);
  const request = record(root['request'], `${file} request`);
  return {
    name,
    tool: text(root['tool'], `${file} tool`),
    request: {
      method: text(request['method'], `${file} request.method`),
      headers: texts(request['headers'], `${file} request.headers`),
      query: texts(request['query'], `${file} request.query`),
      rawBody: text(request['rawBody'], `${file} request.rawBody`),
    },
    auth: texts(root['auth'], `${file} auth`),
    expected: record(root['expected'], `${file} expected`),
  };
}

function nameOf(file: string): string {
  return file.replace(/(\.form)?\.json$/, '');
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${where}: not an object`);
  return Object.fromEntries(Object.entries(value));
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new Error(`${where}: not a string`);
  return value;
}

function texts(value: unknown, where: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record(value, where)).map(([name, each]) => [name, text(each, `${where}.${name}`)]),
  );
}
