export type { Database, Sql, Subscription } from './sql.js';
export type { DatabaseConfig, DatabaseTls } from './database-config.js';
export { connectDatabase } from './connect-database.js';
export type { ConnectedDatabase, ConnectOptions, DatabaseLog } from './connect-database.js';
export { assertDurableCommits, CommitsNotDurable } from './durability.js';
export { DatabaseUnavailable, isInfrastructureError, sqlStateOf } from './infrastructure-error.js';
export type { DatabaseFailure } from './infrastructure-error.js';
export { assertNoPendingMigrations, PendingMigrations, runMigrations } from './migrations.js';
export type { MigrationClass } from './migrations.js';
