import type { QueryRunner } from 'typeorm';

/** Name → what follows the table's name in CREATE INDEX. */
export type Indexes = Readonly<Record<string, string>>;

/**
 * Builds indexes of a table beside those who write to it, and drops those whose place they take. For a migration that says
 * `transaction = false`: an interrupted build leaves an index that is not valid, and the next run begins anew.
 */
export async function exchangeIndexes(
  runner: QueryRunner,
  table: string,
  made: Indexes,
  dropped: Indexes,
): Promise<void> {
  for (const [name, definition] of Object.entries(made)) {
    await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
    await runner.query(`CREATE INDEX CONCURRENTLY ${name} ON ${table} ${definition}`);
  }
  for (const name of Object.keys(dropped)) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}
