/** Why a native server could not be fetched, started or stopped. Closed: callers switch on it, nobody reads messages. */
export type NativeServerErrorCode =
  | 'no_java'
  | 'no_maven'
  | 'download_failed'
  | 'no_postgres_binaries'
  | 'unreachable_for_postgres_user'
  | 'port_taken'
  | 'directory_in_use'
  | 'wrong_password'
  | 'start_failed';

/** A native server's failure, with a message that says what to do about it. */
export class NativeServerError extends Error {
  override readonly name = 'NativeServerError';

  constructor(
    readonly code: NativeServerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * The `code` of a system or driver error (`ENOENT`, `EEXIST`, a SQLSTATE …), or null for any other value. By shape, since
 * an error may come from another realm, where `instanceof Error` is false.
 */
export function systemErrorCode(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}
