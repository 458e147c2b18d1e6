import type { MigrationInterface, QueryRunner } from 'typeorm';
import { firstInsertDeliveries } from './first-insert-deliveries.sql.js';

/**
 * The queue of deliveries. A lane is one (integration, deal): its deliveries go one after the other. `turn` marks the
 * lane's head, the only row that may be claimed; the rows behind it stand in no index that a claim reads, so a dead
 * receiver's backlog costs the others nothing.
 */
export class Deliveries1764100000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dispatcher_instances (
        id uuid PRIMARY KEY,
        started_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      ) WITH (fillfactor = 50)`);
    // fillfactor: claiming changes no indexed column, so with room on the page it touches no index (HOT).
    await runner.query(`
      CREATE TABLE deliveries (
        id uuid PRIMARY KEY,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        workspace_id uuid NOT NULL,
        integration_id uuid NOT NULL,
        deal_id uuid NOT NULL,
        contact_id uuid NOT NULL,
        event_id uuid NOT NULL,
        trigger text NOT NULL,
        -- The event's time: what happened during a pause is told by it.
        happened_at timestamptz NOT NULL,
        -- The event's position in its partition of ponte.deals.v1: the order within the lane.
        lane_seq bigint NOT NULL,
        turn boolean NOT NULL,
        status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'discarded')),
        reason text,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL,
        claimed_by uuid,
        last_status_code integer,
        method text NOT NULL,
        url text NOT NULL,
        body text,
        hops integer NOT NULL,
        correlation_id uuid NOT NULL,
        traceparent text,
        created_at timestamptz NOT NULL,
        finished_at timestamptz
      ) WITH (fillfactor = 80)`);
    await runner.query(`
      CREATE TABLE delivery_attempts (
        delivery_id uuid NOT NULL,
        number integer NOT NULL,
        started_at timestamptz NOT NULL,
        duration_ms integer NOT NULL,
        status_code integer,
        error_code text,
        response_body text,
        PRIMARY KEY (delivery_id, number)
      )`);
    await createIndexes(runner);
    await runner.query(firstInsertDeliveries);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION insert_deliveries');
    await runner.query('DROP TABLE delivery_attempts');
    await runner.query('DROP TABLE deliveries');
    await runner.query('DROP TABLE dispatcher_instances');
  }
}

async function createIndexes(runner: QueryRunner): Promise<void> {
  // One head a lane: proves the hand-over between inserter and finisher, rather than trusting it.
  await runner.query(`
    CREATE UNIQUE INDEX deliveries_head ON deliveries (integration_id, deal_id) WHERE turn AND status = 'pending'`);
  // What comes after the head.
  await runner.query(`
    CREATE INDEX deliveries_lane ON deliveries (integration_id, deal_id, lane_seq) WHERE status = 'pending'`);
  // What claims read. Claimed rows stay in it (no more than are in flight), so that a claim changes no index.
  await runner.query(`
    CREATE INDEX deliveries_due ON deliveries (integration_id, due_at) WHERE turn AND status = 'pending'`);
  // The history, newest first: of a workspace, an integration, a deal; and what went wrong.
  await runner.query('CREATE INDEX deliveries_of_workspace ON deliveries (workspace_id, seq)');
  await runner.query('CREATE INDEX deliveries_of_integration ON deliveries (integration_id, seq)');
  await runner.query('CREATE INDEX deliveries_of_deal ON deliveries (deal_id, seq)');
  await runner.query(
    `CREATE INDEX deliveries_failed ON deliveries (workspace_id, seq) WHERE status IN ('failed', 'discarded')`,
  );
}
