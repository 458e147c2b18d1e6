import type { MigrationInterface, QueryRunner } from 'typeorm';
import { firstInsertDeliveries } from './first-insert-deliveries.sql.js';
import { insertDeliveries } from './insert-deliveries.sql.js';

/**
 * Ends of deliveries that came back from ponte.deliveries.v1 after the database was restored, while the delivery itself
 * did not: it is made again from its event, and is finished then. A row goes with that.
 */
export class AdoptedEnds1764100000003 implements MigrationInterface {
  readonly name = 'AdoptedEnds1764100000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE adopted_ends (
        delivery_id uuid PRIMARY KEY,
        status text NOT NULL CHECK (status IN ('succeeded', 'failed')),
        reason text,
        attempts integer NOT NULL,
        last_status_code integer,
        finished_at timestamptz NOT NULL
      )`);
    await runner.query('DROP FUNCTION insert_deliveries');
    await runner.query(insertDeliveries);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION insert_deliveries');
    await runner.query(firstInsertDeliveries);
    await runner.query('DROP TABLE adopted_ends');
  }
}
