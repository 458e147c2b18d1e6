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
      CREATE INDEX outbound_integrations_listed ON outbound_integrations (workspace_id, id)
        WHERE deleted_at IS NULL`);
    await runner.query(`
      CREATE TABLE outbound_integration_changes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        workspace_id uuid NOT NULL,
        integration_id uuid NOT NULL REFERENCES outbound_integrations (id),
        changed_at timestamptz NOT NULL,
        changed_by text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('created', 'edited', 'paused', 'resumed', 'deleted')),
        -- {"<field>":{"from":…,"to":…}}
        changes jsonb NOT NULL
      )`);
    await runner.query(
      `CREATE INDEX outbound_integration_changes_listed ON outbound_integration_changes (integration_id, id)`,
    );
    await runner.query(`
      CREATE TABLE catalogue_entries (
        workspace_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('origin', 'stage', 'tag')),
        id uuid NOT NULL,
        -- A stage's origin.
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
