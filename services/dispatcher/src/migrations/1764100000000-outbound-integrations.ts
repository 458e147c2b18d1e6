import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Outbound integrations, who changed them, and the names of the catalogue that they refer to. */
export class OutboundIntegrations1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbound_integrations (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL,
        name text NOT NULL,
        trigger text NOT NULL CHECK (trigger IN ('DealCreated', 'StageEntered', 'StageChanged', 'StatusChanged')),
        origin_id uuid NOT NULL,
        filter jsonb NOT NULL,
        url text NOT NULL,
        method text NOT NULL CHECK (method IN ('GET', 'POST')),
        mapping jsonb NOT NULL,
        status text NOT NULL CHECK (status IN ('active', 'paused')),
        switched_on_at timestamptz NOT NULL,
        paused_at timestamptz,
        -- [{"from":…,"until":…}]: pauses whose events were discarded; an event of one that arrives late must not fire.
        discarded_periods jsonb NOT NULL DEFAULT '[]',
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        deleted_at timestamptz,
        CHECK ((status = 'paused') = (paused_at IS NOT NULL))
      )`);
    // The consumer's one look-up a batch: by workspace, origin and trigger.
    await runner.query(`
      CREATE INDEX outbound_integrations_matching ON outbound_integrations (workspace_id, origin_id, trigger)
        WHERE deleted_at IS NULL`);
    await runner.query(`
      CREATE INDEX outbound_integrations_listed ON outbound_integrations (workspace_id, created_at, id)
        WHERE deleted_at IS NULL`);
    await runner.query(`
      CREATE TABLE outbound_integration_changes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        workspace_id uuid NOT NULL,
        integration_id uuid NOT NULL REFERENCES outbound_integrations (id),
        action text NOT NULL CHECK (action IN ('created', 'edited', 'paused', 'resumed', 'deleted')),
        changed_by text NOT NULL,
        changed_at timestamptz NOT NULL,
        before jsonb,
        after jsonb
      )`);
    await runner.query(
      `CREATE INDEX outbound_integration_changes_listed ON outbound_integration_changes (integration_id, id)`,
    );
    await runner.query(`
      CREATE TABLE catalogue_entries (
        workspace_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('workspace', 'origin_group', 'origin', 'stage', 'tag')),
        id uuid NOT NULL,
        -- A stage's origin, an origin's group.
        parent_id uuid,
        name text NOT NULL,
        archived boolean NOT NULL,
        PRIMARY KEY (workspace_id, kind, id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE catalogue_entries');
    await runner.query('DROP TABLE outbound_integration_changes');
    await runner.query('DROP TABLE outbound_integrations');
  }
}
