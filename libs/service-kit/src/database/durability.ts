import type { Sql } from './sql.js';

/** Postgres would acknowledge commits that a crash can still lose, so the service refuses to start. */
export class CommitsNotDurable extends Error {
  override readonly name = 'CommitsNotDurable';
}

/**
 * Refuses a database that answers COMMIT before the commit is on disk: what was acknowledged to a sender, or relayed to
 * Kafka, could be gone after a crash while the rest of the world has seen it.
 *
 * @throws CommitsNotDurable when `synchronous_commit` is off for this role and database
 */
export async function assertDurableCommits(sql: Sql): Promise<void> {
  const [row] = await sql.query<{ commit: string; role: string; database: string }>(
    `SELECT current_setting('synchronous_commit') AS commit, current_user AS role, current_database() AS database`,
  );
  if (row?.commit !== 'off') return;
  throw new CommitsNotDurable(
    `synchronous_commit is off for role "${row.role}" in database "${row.database}": a crash of Postgres would lose ` +
      `payloads that were acknowledged. Switch it on where it was switched off: postgresql.conf, ` +
      `ALTER ROLE "${row.role}" RESET synchronous_commit, or ALTER DATABASE "${row.database}" RESET synchronous_commit.`,
  );
}
