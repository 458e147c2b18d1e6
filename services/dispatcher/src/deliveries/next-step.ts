import { isSuccess, type AttemptOutcome } from './attempt.js';
import type { RetrySchedule } from './retry-schedule.js';

/** Why a delivery will not be tried again by itself. */
export type FailureReason = 'gone' | 'exhausted';

/** What follows from an attempt. */
export type NextStep =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly reason: FailureReason }
  | { readonly kind: 'retry'; readonly delayMs: number };

const GONE = 410;

/** A receiver may ask for more patience than the schedule has, but not for a day of silence. */
const LONGEST_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** How far a wait is spread, so that the deliveries of a receiver that comes back don't all arrive at once. */
const JITTER = 0.2;

/**
 * Decides what follows from an attempt.
 *
 * @param attempt the number of the attempt that was made, from 1
 * @param schedule the waits after the 1st, 2nd … failed attempt; after the last of them it is over
 * @param now for a Retry-After that is a date
 * @param spread in 0 … 1: where in the jitter this wait lies
 */
export function nextStep(
  outcome: AttemptOutcome,
  attempt: number,
  schedule: RetrySchedule,
  now: Date,
  spread: number,
): NextStep {
  if (outcome.kind === 'answered' && isSuccess(outcome.statusCode)) return { kind: 'succeeded' };
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: 410 ends the delivery.
  if (outcome.kind === 'answered' && outcome.statusCode === GONE) return { kind: 'failed', reason: 'gone' };
  const scheduled = schedule[attempt - 1];
  if (scheduled === undefined) return { kind: 'failed', reason: 'exhausted' };
  const wait = Math.round(scheduled * (1 + JITTER * spread));
  const asked = outcome.kind === 'answered' ? retryAfterMs(outcome.retryAfter, now) : null;
  return { kind: 'retry', delayMs: Math.max(wait, asked ?? 0) };
}

/**
 * The wait that a Retry-After header asks for, in ms and at most a day (RFC 9110, 10.2.3: seconds or an HTTP date);
 * null where it says nothing usable.
 */
export function retryAfterMs(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const text = header.trim();
  const asked = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  if (Number.isNaN(asked) || asked < 0) return null;
  return Math.min(asked, LONGEST_RETRY_AFTER_MS);
}
