/**
 * What a tool sent, once parsed: plain JSON values.
 *
 * A number that a double can't hold exactly (integers beyond 2^53, more than 15 significant digits) stands as the text
 * that was sent. Keys called `__proto__` never occur. Nesting is at most {@link MAX_DEPTH} levels.
 */
export type PayloadValue = string | number | boolean | null | PayloadList | PayloadObject;
export type PayloadList = PayloadValue[];
export interface PayloadObject {
  [key: string]: PayloadValue;
}

/** Levels of lists and objects within each other. What real tools send stays under ten. */
export const MAX_DEPTH = 64;

/** Fields of one form or query string: the guard against bodies made to burn time. */
export const MAX_FORM_FIELDS = 5_000;

/** An object, as opposed to a list or a single value. */
export function isPayloadObject(value: PayloadValue | undefined): value is PayloadObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of the payload's own, never one that every object inherits (`constructor`, `toString` …). */
export function ownMember(object: PayloadObject, key: string): PayloadValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Thrown inside this folder alone; `parsePayload` turns it into its `unreadable` result. */
export class Unreadable extends Error {
  constructor(
    readonly reason: UnreadableReason,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** Why a body could not be read. */
export type UnreadableReason =
  | 'malformed_json'
  | 'malformed_form'
  | 'no_fields'
  | 'too_deep'
  | 'too_many_fields'
  | 'unsupported_charset'
  | 'unsupported_media_type';
