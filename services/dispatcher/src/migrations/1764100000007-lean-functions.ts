import type { MigrationInterface, QueryRunner } from 'typeorm';
import { insertDeliveries } from './insert-deliveries.sql.js';
import { leanGiveTurns } from './lean-give-turns.sql.js';
import { leanInsertDeliveries } from './lean-insert-deliveries.sql.js';
import { leanRecordResults } from './lean-record-results.sql.js';
import { recordResults } from './1764100000002-record-delivery-results.js';
import { giveTurnsByLanes } from './1764100000004-find-heads.js';

/**
 * Batches are small most of the time, and then what a function costs is its statements, each anew on cold memory: there
 * are fewer now, and none is planned again for the values of a call. Rows are found by their ids, however many wait.
 */
export class LeanFunctions1764100000007 implements MigrationInterface {
  readonly name = 'LeanFunctions1764100000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(leanInsertDeliveries);
    await runner.query(leanGiveTurns);
    await runner.query(leanRecordResults);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const former of [insertDeliveries, giveTurnsByLanes, recordResults]) {
      await runner.query(former.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'));
    }
    // What a function is set to goes with its replacement.
    for (const name of ['insert_deliveries', 'give_delivery_turns', 'record_delivery_results']) {
      await runner.query(`ALTER FUNCTION ${name} SET enable_seqscan = off`);
    }
  }
}
