import { databaseConfig } from '../config/index.js';
import { runMigrations, type MigrationClass } from '../database/index.js';
import { taskCommand, type Command } from './command.js';

/** The `migrate` command of a service: runs what is pending and says what it did. */
export function migrateCommand(migrations: readonly MigrationClass[]): Command {
  return taskCommand({
    summary: 'Bring the database up to date (DATABASE_MIGRATION_URL, else DATABASE_DIRECT_URL, else DATABASE_URL)',
    config: { database: databaseConfig },
    run: async ({ config, log }) => {
      const startedAt = performance.now();
      const ran = await runMigrations(config.database, migrations);
      log.info({ ran, durationMs: Math.round(performance.now() - startedAt) }, 'migrations');
    },
  });
}
