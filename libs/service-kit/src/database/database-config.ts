/**
 * How a connection to Postgres is secured, in the words of libpq's `sslmode`
 * (https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION).
 */
export type DatabaseTls =
  | { readonly kind: 'disable' }
  | { readonly kind: 'require' }
  | { readonly kind: 'verify-ca'; readonly ca: string }
  | { readonly kind: 'verify-full'; readonly ca?: string };

/** Where a service's database is and how it is used. Only `url` is required. */
export interface DatabaseConfig {
  /** The serving role's URL; may point at PgBouncer in transaction mode. */
  readonly url: string;
  /**
   * A URL past any pooler, for LISTEN. Naming another one than `url` says that `url` is a pooler: then nothing is set
   * per session.
   */
  readonly directUrl?: string;
  /** The migrating role's URL, past any pooler. */
  readonly migrationUrl?: string;
  /** Connections at most (default 10). */
  readonly poolSize?: number;
  /** Overrides `sslmode` and `sslrootcert` in the URLs. */
  readonly tls?: DatabaseTls;
  /** How long a caller waits for a free or a new connection, in ms (default 10,000). */
  readonly acquireTimeoutMs?: number;
  /** How many callers may wait for a connection at once (default 1,000); beyond that they are refused at once. */
  readonly maxWaiting?: number;
  /** A statement is cancelled by Postgres after this long, in ms (default 30,000). */
  readonly statementTimeoutMs?: number;
  /** How long to keep trying to reach the server while booting, in ms (default 30,000). */
  readonly bootTimeoutMs?: number;
}

/** A `DatabaseConfig` with its defaults filled in. */
export interface DatabaseSettings {
  readonly url: string;
  readonly directUrl: string;
  readonly pooled: boolean;
  readonly tls: DatabaseTls | undefined;
  readonly poolSize: number;
  readonly acquireTimeoutMs: number;
  readonly maxWaiting: number;
  readonly statementTimeoutMs: number;
  readonly bootTimeoutMs: number;
}

/** Fills in the defaults. */
export function databaseSettings(config: DatabaseConfig): DatabaseSettings {
  return {
    url: config.url,
    directUrl: config.directUrl ?? config.url,
    pooled: config.directUrl !== undefined && config.directUrl !== config.url,
    tls: config.tls,
    poolSize: config.poolSize ?? 10,
    acquireTimeoutMs: config.acquireTimeoutMs ?? 10_000,
    maxWaiting: config.maxWaiting ?? 1_000,
    statementTimeoutMs: config.statementTimeoutMs ?? 30_000,
    bootTimeoutMs: config.bootTimeoutMs ?? 30_000,
  };
}

/** The part of Node's TLS options that is used here (TypeORM and pg declare the whole differently). */
export interface TlsOptions {
  readonly rejectUnauthorized?: boolean;
  readonly ca?: string;
  readonly checkServerIdentity?: () => undefined;
}

/** What pg is given to connect: a URL without TLS parameters, and the TLS options apart. */
export interface Endpoint {
  readonly connectionString: string;
  readonly ssl: false | TlsOptions;
}

/** `sslmode` values that pg reads differently from libpq, so they are taken out of the URL and applied here. */
const TLS_PARAMETERS = ['sslmode', 'ssl', 'sslrootcert', 'uselibpqcompat'] as const;

/**
 * Splits a URL into what pg needs. `sslmode` keeps libpq's meaning: `require` encrypts without verifying, `verify-ca`
 * and `verify-full` verify.
 *
 * @param readFile reads the CA that `sslrootcert` names
 * @param sessionOptions what the server is told besides (`-c jit=off`); the URL's own `options` are told after them, so
 *   they have the last word
 * @throws Error for an unknown `sslmode`, or one that would fall back to plain text without saying so
 */
export function endpointOf(
  url: string,
  tls: DatabaseTls | undefined,
  readFile: (path: string) => string,
  sessionOptions?: string,
): Endpoint {
  const parsed = new URL(url);
  const options = [sessionOptions, parsed.searchParams.get('options')].filter(Boolean).join(' ');
  if (options !== '') parsed.searchParams.set('options', options);
  const mode = parsed.searchParams.get('sslmode');
  const caPath = parsed.searchParams.get('sslrootcert');
  for (const parameter of TLS_PARAMETERS) parsed.searchParams.delete(parameter);
  const chosen = tls ?? tlsOfMode(mode, caPath === null ? undefined : readFile(caPath));
  return { connectionString: parsed.toString(), ssl: tlsOptions(chosen) };
}

function tlsOfMode(mode: string | null, ca: string | undefined): DatabaseTls {
  switch (mode) {
    case null:
    case 'disable':
      return ca === undefined ? { kind: 'disable' } : { kind: 'verify-full', ca };
    case 'require':
      return ca === undefined ? { kind: 'require' } : { kind: 'verify-ca', ca };
    case 'verify-ca':
      if (ca === undefined) throw new Error('sslmode=verify-ca needs sslrootcert, the path of a CA certificate');
      return { kind: 'verify-ca', ca };
    case 'verify-full':
      return ca === undefined ? { kind: 'verify-full' } : { kind: 'verify-full', ca };
    default:
      throw new Error(`sslmode=${mode} is not supported: use disable, require, verify-ca or verify-full`);
  }
}

function tlsOptions(tls: DatabaseTls): false | TlsOptions {
  switch (tls.kind) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { ca: tls.ca, checkServerIdentity: () => undefined };
    case 'verify-full':
      return tls.ca === undefined ? {} : { ca: tls.ca };
  }
}
