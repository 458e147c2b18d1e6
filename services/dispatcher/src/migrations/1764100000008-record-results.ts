import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createRecordResults } from './record-results.sql.js';

/**
 * What `record_delivery_results` has come to do, under a name of its own. A function that answers otherwise than before,
 * or raises another error, needs another name: dispatchers of the release before call the old one, and would misunderstand
 * it, for as long as a rolling upgrade takes.
 *
 * `record_delivery_results` stays as it is for them, for one release; then it can be dropped.
 */
export class RecordResults1764100000008 implements MigrationInterface {
  readonly name = 'RecordResults1764100000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createRecordResults);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION record_results');
  }
}
