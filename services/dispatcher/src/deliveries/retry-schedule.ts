/** The waits after the 1st, 2nd … failed attempt, in ms. */
export type RetrySchedule = readonly number[];

/** Some 16 hours: long enough for a receiver's bad night. */
export const DEFAULT_RETRY_SCHEDULE = '5s,30s,2m,10m,30m,1h,2h,4h,8h';

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/**
 * Reads `5s,30s,2m,1h` (units ms, s, m, h). An empty text means that nothing is tried twice.
 *
 * @throws Error naming the entry that is not a duration
 */
export function parseRetrySchedule(text: string): RetrySchedule {
  if (text.trim() === '') return [];
  return text.split(',').map((entry) => {
    const [, amount, unit] = /^\s*(\d{1,6})(ms|s|m|h)\s*$/.exec(entry) ?? [];
    const unitMs = unit === undefined ? undefined : UNIT_MS.get(unit);
    if (amount === undefined || unitMs === undefined) {
      throw new Error(`"${entry.trim()}" is not a duration such as 500ms, 5s, 2m or 1h`);
    }
    return Number(amount) * unitMs;
  });
}
