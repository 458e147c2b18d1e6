export interface Backoff {
  /** The first wait is at most this long. */
  firstMs: number;
  /** No wait is longer. */
  longestMs: number;
}

/**
 * How long to wait before the next attempt: doubling, with jitter over the upper half, so that instances that failed
 * together don't come back together.
 *
 * @param failures how many attempts have failed in a row, from 1
 * @param random from 0 to 1
 */
export function backoffMs({ firstMs, longestMs }: Backoff, failures: number, random: number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling * (0.5 + random / 2));
}
