/** Exponential, bounded, with jitter, so that instances don't knock in step. `attempt` counts from 0. */
export function backoffMs(attempt: number, random: number, firstMs = 100, longestMs = 5_000): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 16)) * (0.5 + random / 2);
}
