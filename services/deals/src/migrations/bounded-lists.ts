import { exchangeIndexes, type Indexes } from '@ponte/service-kit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The lists' indexes have the status before the order: a page of one status lies together, however many deals of another
 * are beside it. They take the place of those without, so that a deal is written to no more indexes than before.
 *
 * They are built while deals go on, so without a transaction: an interrupted build leaves an index that is not valid, and
 * the next run begins anew.
 */
export class BoundedLists1764100000002 implements MigrationInterface {
  readonly name = 'BoundedLists1764100000002';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await exchangeIndexes(runner, 'deals', indexes, formerIndexes);
  }

  async down(runner: QueryRunner): Promise<void> {
    await exchangeIndexes(runner, 'deals', formerIndexes, indexes);
  }
}

const indexes: Indexes = {
  deals_of_workspace_by_status: '(workspace_id, status, created_position DESC)',
  deals_of_origin_by_status: '(workspace_id, origin_id, status, created_position DESC)',
  deals_of_stage_by_status: '(workspace_id, stage_id, status, created_position DESC)',
  deals_of_owner_by_status: '(workspace_id, owner_id, status, created_position DESC) WHERE owner_id IS NOT NULL',
};

const formerIndexes: Indexes = {
  deals_listed: '(workspace_id, created_position DESC)',
  deals_of_origin: '(workspace_id, origin_id, created_position DESC)',
  deals_of_stage: '(workspace_id, stage_id, created_position DESC)',
  deals_of_owner: '(workspace_id, owner_id, created_position DESC) WHERE owner_id IS NOT NULL',
};
