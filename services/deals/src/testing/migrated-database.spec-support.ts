import { connectDatabase, runMigrations, type ConnectedDatabase } from '@ponte/service-kit';
import { openOnTestDatabase, type OnTestDatabase } from '@ponte/testing';
import { migrations } from '../migrations/index.js';

/** A database of this service, of the caller alone. */
export function migratedDatabase(): Promise<OnTestDatabase<ConnectedDatabase>> {
  return openOnTestDatabase(async (url) => {
    await runMigrations({ url }, migrations);
    return connectDatabase({ url });
  });
}
