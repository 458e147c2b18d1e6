import type { AttemptErrorCode } from './attempt.js';

const BY_CODE: ReadonlyMap<string, Exclude<AttemptErrorCode, 'bad_status'>> = new Map([
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['EAI_FAIL', 'dns'],
  ['EAI_NODATA', 'dns'],
  // Node's own names for what name servers say; a connection that takes too long is ETIMEDOUT.
  ['ENODATA', 'dns'],
  ['ESERVFAIL', 'dns'],
  ['EREFUSED', 'dns'],
  ['EBADNAME', 'dns'],
  ['ETIMEOUT', 'dns'],
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['ETIMEDOUT', 'timeout'],
  ['ECONNABORTED', 'timeout'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['EPROTO', 'tls'],
]);

/** OpenSSL's verification results and Node's own TLS errors. */
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Errors of Node's HTTP parser: what came back is not HTTP. */
const PARSER_CODE = /^HPE_/;

/**
 * Tells why a call got no answer.
 *
 * @param timedOut whether the call's own deadline passed
 * @param guarded whether the address filter stood in the way. Its errors are the only ones of a connection that carry
 *   no code, which a test pins down
 */
export function attemptErrorCode(
  error: unknown,
  timedOut: boolean,
  guarded: boolean,
): Exclude<AttemptErrorCode, 'bad_status'> {
  if (timedOut) return 'timeout';
  const code = codeOf(error);
  if (code === undefined) return guarded ? 'blocked_private_network' : 'other';
  if (TLS_CODE.test(code)) return 'tls';
  if (PARSER_CODE.test(code)) return 'bad_response';
  return BY_CODE.get(code) ?? 'other';
}

/** By shape: errors of Node come from another realm than a test's own. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return 'not_an_error';
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
