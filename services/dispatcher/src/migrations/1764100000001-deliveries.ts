import type { MigrationInterface, QueryRunner } from 'typeorm';

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
    await runner.query(insertDeliveries);
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

/**
 * Inserts deliveries in one round trip and gives each lane its head. Returns the rows that it inserted.
 *
 * A lane's head is locked (shared) before rows are put behind it, so that whoever finishes the head waits for this
 * commit and then sees them. A head may be finished while its lock is waited for, and its successor then stands in no
 * snapshot of that statement: so a fresh snapshot is asked for heads that are not held until there are none. Each
 * statement of a volatile function has its own snapshot under READ COMMITTED.
 *
 * Rows that ask for it (`claim`) and whose turn it is are inserted already claimed by `claimer`, while its lease is
 * valid; the lock on its row keeps others from ending the lease before this commit.
 */
const insertDeliveries = `
  CREATE FUNCTION insert_deliveries(new_rows json, claimer uuid) RETURNS TABLE (inserted_id uuid, is_claimed boolean)
  LANGUAGE plpgsql VOLATILE AS $$
  DECLARE
    integrations uuid[];
    deals uuid[];
    held uuid[] := '{}';
    locked uuid[];
    lessee uuid;
  BEGIN
    SELECT array_agg(l.integration_id), array_agg(l.deal_id) INTO integrations, deals
      FROM (SELECT DISTINCT r.integration_id, r.deal_id
              FROM json_to_recordset(new_rows) AS r (integration_id uuid, deal_id uuid)) l;
    LOOP
      SELECT array_agg(h.id) INTO locked
        FROM (SELECT d.id
                FROM unnest(integrations, deals) AS lane (integration_id, deal_id)
                JOIN deliveries d USING (integration_id, deal_id)
               WHERE d.turn AND d.status = 'pending' AND d.id <> ALL (held)
               ORDER BY d.id
                 FOR SHARE OF d) h;
      held := held || locked;
      EXIT WHEN NOT EXISTS (
        SELECT FROM unnest(integrations, deals) AS lane (integration_id, deal_id)
          JOIN deliveries d USING (integration_id, deal_id)
         WHERE d.turn AND d.status = 'pending' AND d.id <> ALL (held));
    END LOOP;
    SELECT i.id INTO lessee FROM dispatcher_instances i
     WHERE i.id = claimer AND i.expires_at > clock_timestamp() FOR KEY SHARE;

    RETURN QUERY
    WITH fresh AS (
      SELECT r.*
        FROM json_to_recordset(new_rows) AS r (
          id uuid, workspace_id uuid, integration_id uuid, deal_id uuid, contact_id uuid, event_id uuid, trigger text,
          happened_at timestamptz, lane_seq bigint, status text, reason text, method text, url text, body text,
          hops integer, correlation_id uuid, traceparent text, claim boolean)
       WHERE NOT EXISTS (SELECT FROM deliveries d WHERE d.id = r.id)
    ), placed AS (
      SELECT f.*,
             f.status = 'pending'
               AND row_number() OVER (PARTITION BY f.integration_id, f.deal_id, f.status ORDER BY f.lane_seq) = 1
               AND NOT EXISTS (SELECT FROM deliveries d
                                WHERE d.integration_id = f.integration_id AND d.deal_id = f.deal_id
                                  AND d.turn AND d.status = 'pending') AS has_turn
        FROM fresh f
    )
    INSERT INTO deliveries (
      id, workspace_id, integration_id, deal_id, contact_id, event_id, trigger, happened_at, lane_seq, turn, status,
      reason, due_at, claimed_by, method, url, body, hops, correlation_id, traceparent, created_at, finished_at)
    SELECT p.id, p.workspace_id, p.integration_id, p.deal_id, p.contact_id, p.event_id, p.trigger, p.happened_at,
           p.lane_seq, p.has_turn, p.status, p.reason, clock_timestamp(),
           CASE WHEN p.has_turn AND p.claim THEN lessee END, p.method, p.url, p.body, p.hops, p.correlation_id,
           p.traceparent, clock_timestamp(), CASE WHEN p.status <> 'pending' THEN clock_timestamp() END
      FROM placed p
     ORDER BY p.lane_seq
    RETURNING id, claimed_by IS NOT NULL;
  END $$`;
