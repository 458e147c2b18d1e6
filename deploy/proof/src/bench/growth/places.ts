/** An integration in a workspace, with its part of a filling. */
export interface Place {
  readonly workspaceId: string;
  readonly integrationId: string;
  /** Of a thousand rows. */
  readonly share: number;
}

/** So many rows have one place each, in turn. */
const SLOTS = 1_000;

/**
 * Places as parameters of a filling: which place each slot is of, and what is known of the places.
 *
 * @throws Error where the shares are not a thousand
 */
export function placeValues(places: readonly Place[]): readonly unknown[] {
  const slots = places.flatMap(({ share }, index) => Array<number>(share).fill(index + 1));
  if (slots.length !== SLOTS) throw new Error(`The shares come to ${String(slots.length)} of ${String(SLOTS)}.`);
  return [slots, places.map((place) => place.workspaceId), places.map((place) => place.integrationId)];
}

/** SQL for the place of row `n`, as an index. Rows that come one after the other are of different places. */
export const placeOf = (n: string, slots: string): string =>
  `(${slots}::int[])[1 + (${n})::bigint * 7919 % ${String(SLOTS)}]`;
