import type { DatabaseConfig, DatabaseTls } from '../database/index.js';
import { choice, integer, optional, optionalFile, urlProblem, variable } from './plain-settings.js';
import { passwordWeakness } from './secret-settings.js';
import { combined, mistaken, value, type Environment, type Reading, type Setting } from './setting.js';

const schema = {
  url: databaseUrl('DATABASE_URL', "the service's own database, postgres://user:password@host:5432/name"),
  directUrl: optional('DATABASE_DIRECT_URL', databaseUrl('DATABASE_DIRECT_URL', '')),
  migrationUrl: optional('DATABASE_MIGRATION_URL', databaseUrl('DATABASE_MIGRATION_URL', '')),
  poolSize: integer('DATABASE_POOL_SIZE', { is: 'connections at most', default: 10, min: 2, max: 500 }),
  ssl: optional('DATABASE_SSL', choice('DATABASE_SSL', ['disable', 'require', 'verify-ca', 'verify-full'], { is: '' })),
  ca: optionalFile('DATABASE_SSL_CA', 'the path of a CA certificate in PEM'),
};

/** Reads the `DATABASE_…` variables. TLS may also be asked for in the URLs by `sslmode` and `sslrootcert`. */
export const databaseConfig: Setting<DatabaseConfig> = combined(schema, (parts): Reading<DatabaseConfig> => {
  const tls = tlsOf(parts.ssl, parts.ca);
  if (tls.kind === 'mistaken') return tls;
  return value({
    url: parts.url,
    poolSize: parts.poolSize,
    ...(parts.directUrl === undefined ? {} : { directUrl: parts.directUrl }),
    ...(parts.migrationUrl === undefined ? {} : { migrationUrl: parts.migrationUrl }),
    ...(tls.value === undefined ? {} : { tls: tls.value }),
  });
});

function databaseUrl(name: string, is: string): Setting<string> {
  return variable(name, { is }, (given, environment) => {
    const problem = urlProblem(given, ['postgres:', 'postgresql:']) ?? weakUrl(new URL(given), environment);
    return problem === undefined ? value(given) : mistaken(name, problem);
  });
}

/** A client certificate or a socket needs no password, and then says so in the URL's parameters. */
function weakUrl(given: URL, environment: Environment): string | undefined {
  if (given.pathname.length < 2) return 'names no database';
  const withoutPassword = given.searchParams.has('sslcert') || given.searchParams.has('host');
  if (!environment.production || withoutPassword) return undefined;
  return passwordWeakness(decodeURIComponent(given.password));
}

function tlsOf(mode: DatabaseTls['kind'] | undefined, ca: string | undefined): Reading<DatabaseTls | undefined> {
  switch (mode) {
    case undefined:
      return value(ca === undefined ? undefined : { kind: 'verify-full', ca });
    case 'verify-ca':
      return ca === undefined
        ? mistaken('DATABASE_SSL_CA', 'is missing: verify-ca needs it')
        : value({ kind: mode, ca });
    case 'verify-full':
      return value(ca === undefined ? { kind: mode } : { kind: mode, ca });
    case 'disable':
    case 'require':
      return ca === undefined
        ? value({ kind: mode })
        : mistaken('DATABASE_SSL', 'must be verify-ca or verify-full when DATABASE_SSL_CA is given');
  }
}
