import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ingressDrain } from '../receive/sql/ingress-drain.sql.js';
import { firstIngressDrain } from './first-ingress-drain.sql.js';

/** A held request that cannot be published stands aside as failed; batches are chosen by the sizes of what is held. */
export class SetAsideHeld1764000500000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(tables);
    await queryRunner.query('drop function ingress_drain');
    await queryRunner.query(ingressDrain);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop function ingress_drain');
    await queryRunner.query(firstIngressDrain);
    await queryRunner.query(/* sql */ `
      drop index inbound_held_failed, inbound_held_by_gate, inbound_held_by_pause;
      alter table inbound_held drop column size;
      create index inbound_held_by_gate on inbound_held (partition, sequence) where reason = 'gate';
      create index inbound_held_by_pause on inbound_held (integration_id, sequence) where reason = 'paused';
      -- Rows that failed stay as they are.
      alter table inbound_held drop constraint inbound_held_reason_check,
        add constraint inbound_held_reason_check check (reason in ('gate', 'paused')) not valid;
      alter table inbound_requests drop constraint inbound_requests_state_check,
        add constraint inbound_requests_state_check
        check (state in ('held', 'published', 'refused', 'duplicate_differs')) not valid;
    `);
  }
}

const tables = /* sql */ `
  -- Not validated: the narrower checks that these follow held for every row, and the history is long.
  alter table inbound_requests drop constraint inbound_requests_state_check,
    add constraint inbound_requests_state_check
    check (state in ('held', 'published', 'refused', 'duplicate_differs', 'failed')) not valid;
  alter table inbound_held drop constraint inbound_held_reason_check,
    add constraint inbound_held_reason_check check (reason in ('gate', 'paused', 'failed')) not valid,
    add column size integer not null generated always as (octet_length(data)) stored;

  -- With the sizes, so that a batch is chosen in the index alone.
  drop index inbound_held_by_gate, inbound_held_by_pause;
  create index inbound_held_by_gate on inbound_held (partition, sequence) include (size) where reason = 'gate';
  create index inbound_held_by_pause on inbound_held (integration_id, sequence) include (size) where reason = 'paused';
  -- What was set aside is kept with what it was mapped to: the history shows it.
  create index inbound_held_failed on inbound_held (request_id) where reason = 'failed';
`;
