import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What waits behind the heads of lanes is counted by an index of its own: among all that is pending it was looked for
 * through every row that a pause holds. Few rows are ever behind a head, so it is hardly ever written.
 */
export class CountBehindHeads1764100000006 implements MigrationInterface {
  readonly name = 'CountBehindHeads1764100000006';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS deliveries_behind_heads');
    await runner.query(
      `CREATE INDEX CONCURRENTLY deliveries_behind_heads ON deliveries (integration_id)
        WHERE status = 'pending' AND NOT turn`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS deliveries_behind_heads');
  }
}
