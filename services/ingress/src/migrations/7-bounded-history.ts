import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Indexes for pages of the history that had to look through more than they show. They are built while the hooks go on, so
 * without a transaction: an interrupted build leaves an index that is not valid, and the next run begins anew.
 */
export class BoundedHistory1764000700000 implements MigrationInterface {
  readonly transaction = false;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}

const up = [
  // The history's filters by outcome. What is rare in an integration may be common in its workspace, so it has its own.
  // No other index has nulls last: the primary key backwards, past all other outcomes, is not in the order of a page.
  'drop index concurrently if exists inbound_outcomes_of_workspace',
  `create index concurrently inbound_outcomes_of_workspace
     on inbound_outcomes (workspace_id, outcome, request_id desc nulls last)`,
  'drop index concurrently if exists inbound_outcomes_list',
  'drop index concurrently if exists inbound_outcomes_of_integration',
  `create index concurrently inbound_outcomes_of_integration
     on inbound_outcomes (integration_id, outcome, request_id desc nulls last)`,
  // One request's page, and what adoption takes back: a backlog that is held is long.
  'drop index concurrently if exists inbound_held_of_request',
  'create index concurrently inbound_held_of_request on inbound_held (request_id)',
  'drop index concurrently if exists inbound_held_failed',
];

const down = [
  'drop index concurrently if exists inbound_held_failed',
  "create index concurrently inbound_held_failed on inbound_held (request_id) where reason = 'failed'",
  'drop index concurrently if exists inbound_held_of_request',
  'drop index concurrently if exists inbound_outcomes_of_integration',
  'drop index concurrently if exists inbound_outcomes_list',
  'create index concurrently inbound_outcomes_list on inbound_outcomes (workspace_id, outcome, request_id desc)',
  'drop index concurrently if exists inbound_outcomes_of_workspace',
];
