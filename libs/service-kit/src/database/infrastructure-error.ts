import { types } from 'node:util';
import { DatabaseError } from 'pg';

/** Which part of talking to Postgres failed. `busy`: every connection of the pool stayed in use for too long. */
export type DatabaseFailure = 'connect' | 'busy' | 'lost' | 'closed';

/** Postgres could not be reached, or the connection broke. Says nothing about the data: the same call may succeed later. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
  readonly infrastructure = true;

  constructor(
    readonly failure: DatabaseFailure,
    message: string,
    /** `unknown`: the answer to a COMMIT, or to a statement outside a transaction, was lost after it had been sent. */
    readonly outcome: 'not-applied' | 'unknown',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Connection, rollback (serialization, deadlock), resources, object state, operator intervention, system error. */
const INFRASTRUCTURE_CLASSES: ReadonlySet<string> = new Set(['08', '40', '53', '55', '57', '58']);

/**
 * Single codes outside those classes that say as little about the data: 25006 is a write that reached a standby after a
 * failover, 25P03 and 25P04 are time-outs of a stalled transaction.
 */
const INFRASTRUCTURE_CODES: ReadonlySet<string> = new Set(['25006', '25P03', '25P04']);

/** What Node's sockets, TLS and resolver say when the network is at fault. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_SOCKET_CLOSED',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** The kinds of `@ponte/kafka`'s error that a record is to blame for. This library must not import that one. */
const KAFKA_DATA_KINDS: ReadonlySet<unknown> = new Set(['record_too_large', 'invalid']);

/** @returns the SQLSTATE that Postgres answered with, also from inside an error of TypeORM; undefined for other errors. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof DatabaseError) return error.code;
  if (isError(error) && 'driverError' in error) return sqlStateOf(error.driverError);
  return undefined;
}

/**
 * Tells failures of the surroundings, which pass and are retried, from failures of the data, which would come back
 * (poison): the network, Postgres (SQLSTATE classes 08 40 53 55 57 58), Kafka, a pool with no free connection.
 *
 * An error class of another library takes part by carrying `infrastructure: boolean`. Causes are looked into, so an
 * error that wraps a network failure is one too.
 */
export function isInfrastructureError(error: unknown): boolean {
  return examine(error, 0);
}

/** A chain of causes is rarely longer than three; the bound only guards against a circular one. */
const MAX_DEPTH = 8;

function examine(error: unknown, depth: number): boolean {
  if (!isError(error) || depth > MAX_DEPTH) return false;
  if ('infrastructure' in error && typeof error.infrastructure === 'boolean') return error.infrastructure;
  const state = sqlStateOf(error);
  if (state !== undefined) return INFRASTRUCTURE_CLASSES.has(state.slice(0, 2)) || INFRASTRUCTURE_CODES.has(state);
  if ('code' in error && typeof error.code === 'string' && NETWORK_CODES.has(error.code)) return true;
  if (error.name === 'KafkaError' && 'kind' in error) return !KAFKA_DATA_KINDS.has(error.kind);
  if ('driverError' in error && examine(error.driverError, depth + 1)) return true;
  return examine(error.cause, depth + 1);
}

/** @returns what says at which address, in which database and as whom nothing could be reached, never the password */
export function unreachable(url: string, error: unknown): DatabaseUnavailable {
  const { host, pathname, username } = new URL(url);
  const what = `Cannot connect to Postgres at ${host}${pathname} as ${decodeURIComponent(username)}`;
  return new DatabaseUnavailable('connect', `${what}: ${messageOf(error)}`, 'not-applied', { cause: error });
}

/** Node's error for a host with several addresses is an AggregateError with an empty message. */
export function messageOf(error: unknown): string {
  if (!isError(error)) return String(error);
  const inner: readonly unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return error.message === '' && inner.length > 0 ? inner.map(messageOf).join('; ') : error.message;
}

/** `instanceof Error` misses errors of another realm, such as Node's own inside a sandboxed module. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}
