import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Inbound integrations, and who changed what of them. */
export class CreateIntegrations1764000200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(/* sql */ `
      create table inbound_integrations (
        id uuid primary key,
        workspace_id uuid not null,
        -- Of the log: the workspace's.
        partition integer not null,
        name text not null,
        preset text not null,
        target text not null check (target in ('deal', 'contact')),
        mode text not null check (mode in ('create', 'update', 'create_or_update')),
        origin_id uuid check (target = 'contact' or origin_id is not null),
        closed_deals_match boolean not null,
        -- As it was given; null: the preset's. json keeps the order of fields, which people chose.
        mapping json,
        settings jsonb not null,
        -- The token opens the URL to everybody who has it: found by its hash, readable for editors only, at rest sealed.
        token_hash text not null unique,
        token_sealed text not null,
        status text not null check (status in ('active', 'paused')),
        -- Set by a resume, cleared once nothing is held any more; until then what arrives joins the end.
        draining boolean not null default false,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        deleted_at timestamptz
      );
      -- The list of a workspace, newest first: ids are UUIDv7, so their order is the order of creation.
      create index inbound_integrations_list on inbound_integrations (workspace_id, id desc) where deleted_at is null;
      create index inbound_integrations_draining on inbound_integrations (partition) where draining;

      create table inbound_integration_changes (
        id bigint generated always as identity primary key,
        integration_id uuid not null references inbound_integrations (id),
        workspace_id uuid not null,
        changed_at timestamptz not null,
        changed_by text not null,
        kind text not null check (kind in ('created', 'edited', 'paused', 'resumed', 'deleted')),
        -- {field: {from, to}}; never the token.
        changes jsonb not null
      );
      create index inbound_integration_changes_list on inbound_integration_changes (integration_id, id desc);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table inbound_integration_changes, inbound_integrations');
  }
}
