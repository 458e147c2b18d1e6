import { exchangeIndexes, type Indexes } from '@ponte/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The history's indexes have the status before the order: what a page shows lies together, however much of another status
 * is beside it. They take the place of others, so that a delivery is written to no more indexes than before.
 *
 * They are built while deliveries go on, so without a transaction: an interrupted build leaves an index that is not valid,
 * and the next run begins anew.
 */
export class BoundedHistory1764100000005 implements MigrationInterface {
  readonly name = 'BoundedHistory1764100000005';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await exchangeIndexes(runner, 'deliveries', indexes, formerIndexes);
    await runner.query(
      'CREATE INDEX IF NOT EXISTS outbound_integrations_of_workspace ON outbound_integrations (workspace_id)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await exchangeIndexes(runner, 'deliveries', formerIndexes, indexes);
    await runner.query('DROP INDEX IF EXISTS outbound_integrations_of_workspace');
  }
}

const indexes: Indexes = {
  deliveries_of_workspace_by_status: '(workspace_id, status, seq)',
  deliveries_of_integration_by_status: '(integration_id, status, seq)',
};

const formerIndexes: Indexes = {
  deliveries_of_workspace: '(workspace_id, seq)',
  deliveries_of_integration: '(integration_id, seq)',
  deliveries_failed: `(workspace_id, seq) WHERE status IN ('failed', 'discarded')`,
};
