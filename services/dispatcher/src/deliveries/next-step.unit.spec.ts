import { describe, expect, it } from '@jest/globals';
import type { AttemptOutcome } from './attempt.js';
import { nextStep, retryAfterMs } from './next-step.js';
import { DEFAULT_RETRY_SCHEDULE, parseRetrySchedule } from './retry-schedule.js';

const now = new Date('2026-03-01T12:00:00Z');
const schedule = parseRetrySchedule('5s,30s,2m');
const status = (statusCode: number, retryAfter: string | null = null): AttemptOutcome => ({
  kind: 'answered',
  statusCode,
  retryAfter,
});

describe('what follows from an attempt', () => {
  it.each([200, 201, 204, 299])('%i is success', (code) => {
    expect(nextStep(status(code), 1, schedule, now, 0)).toEqual({ kind: 'succeeded' });
  });

  it.each([100, 199, 301, 302, 304, 400, 401, 404, 429, 500, 503])('%i is tried again', (code) => {
    expect(nextStep(status(code), 1, schedule, now, 0)).toEqual({ kind: 'retry', delayMs: 5_000 });
  });

  it('no answer is tried again, after the waits of the schedule', () => {
    const outcome: AttemptOutcome = { kind: 'unanswered', code: 'timeout' };
    const waits = [1, 2, 3].map((attempt) => nextStep(outcome, attempt, schedule, now, 0));
    expect(waits).toEqual([5_000, 30_000, 120_000].map((delayMs) => ({ kind: 'retry', delayMs })));
  });

  it('after the last wait it is over', () => {
    expect(nextStep(status(500), 4, schedule, now, 0)).toEqual({ kind: 'failed', reason: 'exhausted' });
  });

  it('410 ends it at once', () => {
    expect(nextStep(status(410), 1, schedule, now, 0)).toEqual({ kind: 'failed', reason: 'gone' });
  });

  it('waits are spread by up to a fifth, and never shortened', () => {
    expect(nextStep(status(500), 1, schedule, now, 1)).toEqual({ kind: 'retry', delayMs: 6_000 });
  });

  it('a receiver that asks for more patience gets it, one that asks for less does not', () => {
    expect(nextStep(status(503, '60'), 1, schedule, now, 0)).toEqual({ kind: 'retry', delayMs: 60_000 });
    expect(nextStep(status(503, '1'), 1, schedule, now, 0)).toEqual({ kind: 'retry', delayMs: 5_000 });
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
    ['999999999', 86_400_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', null],
    ['soon', null],
    ['-5', null],
    ['', null],
  ])('%j asks for %j ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  it('absent asks for nothing', () => {
    expect(retryAfterMs(null, now)).toBeNull();
  });
});

describe('the retry schedule', () => {
  it('is read from durations', () => {
    expect(parseRetrySchedule('500ms, 5s,2m,1h')).toEqual([500, 5_000, 120_000, 3_600_000]);
    expect(parseRetrySchedule(DEFAULT_RETRY_SCHEDULE)).toHaveLength(9);
    expect(parseRetrySchedule('')).toEqual([]);
  });

  it.each(['5', '5 s', 's', '5s,', '-5s', '5d'])('%j is refused', (text) => {
    expect(() => parseRetrySchedule(text)).toThrow('not a duration');
  });
});
