import { at, Checker, type DataError } from '../mapping/checker.js';
import { isOutgoingField, outgoingCatalogue, readOutgoing, type OutgoingField } from './catalogue.js';
import type { Snapshot } from './snapshot.js';

/** The fields to send, in order, each under an identifier. */
export type OutgoingMapping = readonly OutgoingRule[];

export interface OutgoingRule {
  field: OutgoingField;
  /** The name that it is sent under: a JSON member or a query parameter. */
  identifier: string;
}

export type ParsedOutgoingMapping =
  { kind: 'mapping'; mapping: OutgoingMapping } | { kind: 'invalid'; errors: DataError[] };

export const MAX_OUTGOING_FIELDS = 200;
export const MAX_IDENTIFIER = 120;

/** Every fixed field under the identifier that receivers already know: what a new integration starts from. */
export function defaultOutgoingMapping(): OutgoingMapping {
  return outgoingCatalogue({ contact: [], deal: [] }).map(({ key, identifier }) => ({ field: key, identifier }));
}

/** Reads an outgoing mapping from untrusted data, or lists every mistake in it with its place, e.g. `[2].identifier`. */
export function validateOutgoingMapping(data: unknown): ParsedOutgoingMapping {
  const check = new Checker();
  const mapping = check.list(data, '', { min: 1, max: MAX_OUTGOING_FIELDS }, (rule, place) =>
    readRule(check, rule, place),
  );
  if (mapping !== undefined) refuseDoubles(check, mapping);
  return mapping === undefined || check.errors.length > 0
    ? { kind: 'invalid', errors: check.errors }
    : { kind: 'mapping', mapping };
}

function readRule(check: Checker, data: unknown, place: string): OutgoingRule | undefined {
  const members = check.object(data, place, ['field', 'identifier']);
  if (members === undefined) return undefined;
  const field = check.text(members['field'], at(place, 'field'), { min: 1, max: 200 });
  const identifier = readIdentifier(check, members['identifier'], at(place, 'identifier'));
  if (field === undefined || identifier === undefined) return undefined;
  if (!isOutgoingField(field)) return check.fail(at(place, 'field'), 'is no field that can be sent');
  return { field, identifier };
}

function readIdentifier(check: Checker, data: unknown, place: string): string | undefined {
  const text = check.text(data, place, { min: 1, max: MAX_IDENTIFIER });
  if (text === undefined) return undefined;
  const identifier = text.trim();
  if (identifier === '') return check.fail(place, 'must not be empty');
  if (/\p{Cc}/u.test(identifier) || !identifier.isWellFormed())
    return check.fail(place, 'must not hold control characters');
  // Receivers that merge objects carelessly would change a prototype with it.
  return identifier === '__proto__' ? check.fail(place, 'is a name that receivers cannot read') : identifier;
}

function refuseDoubles(check: Checker, mapping: OutgoingMapping): void {
  const seen = new Set<string>();
  for (const { identifier } of mapping) {
    if (seen.has(identifier)) check.fail('', `sends more than one field as ${JSON.stringify(identifier)}`);
    seen.add(identifier);
  }
}

/**
 * The fields of one call, in the mapping's order. A fixed field without a value is sent as `""`, so that receivers can
 * rely on its being there and a cleared field is told from one that is not sent. A custom field that this deal or contact
 * does not have is left out: which ones exist differs from contact to contact, and `""` would claim that it was blanked.
 */
export function buildOutgoing(mapping: OutgoingMapping, snapshot: Snapshot): Record<string, string> {
  return Object.fromEntries(
    mapping.flatMap(({ field, identifier }) => {
      const text = readOutgoing(field, snapshot);
      return text === undefined ? [] : [[identifier, text ?? ''] as const];
    }),
  );
}

/**
 * A link with the fields as query parameters. Its own parameters stay as they are written, byte for byte (they may be
 * signed), except where a field has the same name: that one is replaced. A fragment stays at the end.
 */
export function toQuery(fields: Readonly<Record<string, string>>, url: string): string {
  const [address = '', ...fragment] = url.split('#');
  const question = address.indexOf('?');
  const base = question === -1 ? address : address.slice(0, question);
  const own = question === -1 ? [] : address.slice(question + 1).split('&');
  const kept = own.filter((pair) => pair !== '' && !Object.hasOwn(fields, nameOf(pair)));
  const added = Object.entries(fields).map(([name, text]) => `${encoded(name)}=${encoded(text)}`);
  const query = [...kept, ...added].join('&');
  return `${base}${query === '' ? '' : `?${query}`}${fragment.length === 0 ? '' : `#${fragment.join('#')}`}`;
}

function nameOf(pair: string): string {
  const name = (pair.split('=')[0] ?? '').replaceAll('+', ' ');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Blanks as `%20`, which every receiver reads, and not as `+`, which only form parsers do. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
