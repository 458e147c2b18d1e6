import { isError } from '../database/index.js';

/** An error as it is logged. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
  readonly errors?: readonly DescribedError[];
}

const MAX_DEPTH = 5;

/**
 * Describes an error for the log by name, message, code, stack and causes, and by nothing else: drivers hang the
 * statement's parameters and the offending row (`detail: Key (email)=(…)`) on their errors, which is personal data.
 */
export function describeError(error: unknown): DescribedError {
  return describe(error, 0);
}

function describe(error: unknown, depth: number): DescribedError {
  if (!isError(error)) return { type: typeof error, message: typeof error === 'string' ? error : 'not an Error' };
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number')
      ? String(error.code)
      : undefined;
  const deeper = depth < MAX_DEPTH;
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(deeper && error.cause !== undefined ? { cause: describe(error.cause, depth + 1) } : {}),
    ...(deeper && 'errors' in error && Array.isArray(error.errors)
      ? { errors: error.errors.map((inner: unknown) => describe(inner, depth + 1)) }
      : {}),
  };
}
