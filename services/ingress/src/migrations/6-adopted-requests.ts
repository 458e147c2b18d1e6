import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests that came back from the topic, after the database was restored: without their bytes. */
export class AdoptedRequests1764000600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(/* sql */ `
      alter table inbound_requests
        add column content_lost boolean not null default false,
        alter column method drop not null,
        alter column size drop not null,
        -- Not validated: the narrower check that it follows held for every row, and the history is long.
        drop constraint inbound_requests_state_check,
        add constraint inbound_requests_state_check
          check (state in ('held', 'published', 'refused', 'duplicate', 'duplicate_differs', 'failed')) not valid;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(/* sql */ `
      update inbound_requests set method = '', size = 0 where content_lost;
      -- Rows that are duplicates stay as they are.
      alter table inbound_requests
        drop column content_lost,
        alter column method set not null,
        alter column size set not null,
        drop constraint inbound_requests_state_check,
        add constraint inbound_requests_state_check
          check (state in ('held', 'published', 'refused', 'duplicate_differs', 'failed')) not valid;
    `);
  }
}
