/** Why a receiver could not be asked, or gave no usable answer. */
export type AttemptErrorCode =
  /** Its name has no address. */
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'reset'
  /** Its address is in a private network, and those are not allowed. */
  | 'blocked_private_network'
  /** What came back is not HTTP. */
  | 'bad_response'
  /** It answered, and not with 2xx. */
  | 'bad_status'
  | 'other';

/** What one call came to. */
export type AttemptOutcome =
  | { readonly kind: 'answered'; readonly statusCode: number; readonly retryAfter: string | null }
  | { readonly kind: 'unanswered'; readonly code: Exclude<AttemptErrorCode, 'bad_status'> };

/** One call that was made. */
export interface Attempt {
  readonly outcome: AttemptOutcome;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** The first 4 KB of the answer; null where there was none. */
  readonly responseBody: string | null;
}

/** The error that the history shows; null after a success. */
export function errorCodeOf(outcome: AttemptOutcome): AttemptErrorCode | null {
  if (outcome.kind === 'unanswered') return outcome.code;
  return isSuccess(outcome.statusCode) ? null : 'bad_status';
}

export function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode <= 299;
}
