/** The outcome of a payload's last item: it closes the payload at this place of the inbound log. */
export interface Closing {
  partition: number;
  position: number;
}

/** Outcomes that did not come as they must. */
export type OutcomeGap =
  /** None came for these positions, although one came for a later position. */
  | { kind: 'missing'; partition: number; first: number; last: number }
  /** One came again, or after a later one. */
  | { kind: 'repeated'; partition: number; first: number; last: number };

export interface Progress {
  /** The last position of each partition whose outcome came. */
  positions: ReadonlyMap<number, number>;
  gaps: readonly OutcomeGap[];
}

/**
 * Checks that outcomes come for 1, 2, 3 … of every inbound partition, and goes on behind what was missing: a gap is
 * recorded once, and never keeps later outcomes from being checked.
 *
 * @param before the position of each partition; absent: 0
 * @param closings in the order of their arrival
 */
export function advance(before: ReadonlyMap<number, number>, closings: readonly Closing[]): Progress {
  const positions = new Map(before);
  const gaps: OutcomeGap[] = [];
  for (const { partition, position } of closings) {
    const last = positions.get(partition) ?? 0;
    if (position <= last) {
      gaps.push({ kind: 'repeated', partition, first: position, last: position });
      continue;
    }
    if (position > last + 1) gaps.push({ kind: 'missing', partition, first: last + 1, last: position - 1 });
    positions.set(partition, position);
  }
  return { positions, gaps };
}
