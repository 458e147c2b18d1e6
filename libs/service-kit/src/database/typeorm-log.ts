import type { Logger } from 'typeorm';

const nothing = () => undefined;

/**
 * TypeORM's own log, silenced: it would print to the console beside the JSON lines, and queries with their parameters,
 * which are personal data. What fails is thrown, and is logged by whoever handles it.
 */
export const typeOrmLog: Logger = {
  log: nothing,
  logMigration: nothing,
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
};
