import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ingressReceive } from '../receive/sql/ingress-receive.sql.js';

/** Receiving says what each record's predecessor is: the relay of the same process need not read back what it wrote. */
export class ReceiveTellsPredecessors1764000800000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop function ingress_receive');
    await queryRunner.query(ingressReceive);
  }

  /** A service from before does not look at the column more. */
  async down(): Promise<void> {
    return Promise.resolve();
  }
}
