import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became of each item, and the proof that an outcome came for every payload. */
export class CreateOutcomes1764000300000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(/* sql */ `
      create table inbound_outcomes (
        request_id uuid not null,
        item integer not null,
        workspace_id uuid not null,
        integration_id uuid not null,
        outcome text not null,
        reason text,
        deal_id uuid,
        contact_id uuid,
        matched_by text,
        conflict json,
        warnings json not null,
        applied_at timestamptz not null,
        primary key (request_id, item)
      );
      -- The history's filter by outcome: request ids are UUIDv7, so their order is the order of arrival.
      create index inbound_outcomes_list on inbound_outcomes (workspace_id, outcome, request_id desc);

      -- The last position of each inbound partition whose closing outcome came.
      create table inbound_outcomes_progress (
        partition integer primary key,
        position bigint not null
      );
      -- Outcomes that were passed over, or came again. A row stays open until an operator says what became of them.
      create table inbound_outcome_gaps (
        id bigint generated always as identity primary key,
        kind text not null check (kind in ('missing', 'repeated')),
        partition integer not null,
        first_position bigint not null,
        last_position bigint not null,
        noticed_at timestamptz not null,
        accepted_at timestamptz,
        accepted_by text,
        accepted_reason text
      );
      create index inbound_outcome_gaps_open on inbound_outcome_gaps (partition) where accepted_at is null;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table inbound_outcome_gaps, inbound_outcomes_progress, inbound_outcomes');
  }
}
