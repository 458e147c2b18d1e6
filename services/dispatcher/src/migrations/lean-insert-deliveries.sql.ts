/**
 * Inserts deliveries in one round trip and gives each lane its head. Returns the rows that it inserted.
 *
 * A lane's head is locked (shared) before rows are put behind it, so that whoever finishes the head waits for this
 * commit and then sees them. A head may be finished while its lock is waited for, and its successor then stands in no
 * snapshot of that statement: so a fresh snapshot is asked for heads that are not held until there are none. Each
 * statement of a volatile function has its own snapshot under READ COMMITTED. Most lanes are new, and then that is asked
 * once. The caller holds the integrations' rows: a lane without a head gets none from anybody else.
 *
 * Rows that ask for it (`claim`) and whose turn it is are inserted already claimed by `claimer`, while its lease is
 * valid; the lock on its row keeps others from ending the lease before this commit.
 *
 * Heads are found by `deliveries_head` whatever the statistics say: the deal is given as a range so that it counts for the
 * order, which no other index has. With an equality `deliveries_due` looks as cheap while a new table has no statistics,
 * and then each look-up walks through the whole queue of an integration.
 *
 * One whose end was adopted is inserted as finished, as it ended: it is not called again, nor is its end told again.
 */
export const leanInsertDeliveries = `
  CREATE OR REPLACE FUNCTION insert_deliveries(new_rows json, claimer uuid)
  RETURNS TABLE (inserted_id uuid, is_claimed boolean, was_adopted boolean)
  LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
  DECLARE
    held uuid[] := '{}';
    found uuid[];
    ended uuid[];
  BEGIN
    LOOP
      SELECT array_agg(head.id ORDER BY head.id) INTO found
        FROM (SELECT DISTINCT r.integration_id, r.deal_id
                FROM json_to_recordset(new_rows) AS r (integration_id uuid, deal_id uuid)) lane
       CROSS JOIN LATERAL (
         SELECT n.id FROM deliveries n
          WHERE n.integration_id = lane.integration_id
            AND n.deal_id BETWEEN lane.deal_id AND lane.deal_id AND n.turn AND n.status = 'pending'
          ORDER BY n.deal_id LIMIT 1) head
       WHERE head.id <> ALL (held);
      EXIT WHEN found IS NULL;
      SELECT held || array_agg(h.id) INTO held
        FROM unnest(found) AS f (id)
       CROSS JOIN LATERAL (
         SELECT n.id FROM deliveries n
          WHERE n.id BETWEEN f.id AND f.id AND n.turn AND n.status = 'pending'
          ORDER BY n.id LIMIT 1
            FOR SHARE) h;
    END LOOP;

    IF EXISTS (SELECT FROM adopted_ends) THEN
      SELECT array_agg(e.delivery_id) INTO ended
        FROM adopted_ends e
       WHERE e.delivery_id IN (SELECT r.id FROM json_to_recordset(new_rows) AS r (id uuid));
    END IF;
    IF ended IS NOT NULL THEN
      SELECT json_agg(CASE WHEN e.delivery_id IS NULL THEN r.value::jsonb ELSE r.value::jsonb || to_jsonb(e) END)
        INTO new_rows
        FROM json_array_elements(new_rows) AS r
        LEFT JOIN adopted_ends e ON e.delivery_id = (r.value ->> 'id')::uuid;
    END IF;

    RETURN QUERY
    WITH lease AS MATERIALIZED (
      SELECT i.id FROM dispatcher_instances i WHERE i.id = claimer AND i.expires_at > clock_timestamp() FOR KEY SHARE
    ), fresh AS (
      SELECT r.*
        FROM json_to_recordset(new_rows) AS r (
          id uuid, workspace_id uuid, integration_id uuid, deal_id uuid, contact_id uuid, event_id uuid, trigger text,
          happened_at timestamptz, lane_seq bigint, status text, reason text, method text, url text, body text,
          hops integer, correlation_id uuid, traceparent text, claim boolean, attempts integer,
          last_status_code integer, finished_at timestamptz)
       WHERE (SELECT d.id FROM deliveries d WHERE d.id = r.id LIMIT 1) IS NULL
    ), placed AS (
      SELECT f.*,
             f.status = 'pending'
               AND row_number() OVER (PARTITION BY f.integration_id, f.deal_id, f.status ORDER BY f.lane_seq) = 1
               AND (cardinality(held) = 0
                 OR (SELECT n.id FROM deliveries n
                      WHERE n.integration_id = f.integration_id AND n.deal_id BETWEEN f.deal_id AND f.deal_id
                        AND n.turn AND n.status = 'pending'
                      ORDER BY n.deal_id LIMIT 1) IS NULL) AS has_turn
        FROM fresh f
    )
    INSERT INTO deliveries (
      id, workspace_id, integration_id, deal_id, contact_id, event_id, trigger, happened_at, lane_seq, turn, status,
      reason, attempts, last_status_code, due_at, claimed_by, method, url, body, hops, correlation_id, traceparent,
      created_at, finished_at)
    SELECT p.id, p.workspace_id, p.integration_id, p.deal_id, p.contact_id, p.event_id, p.trigger, p.happened_at,
           p.lane_seq, p.has_turn, p.status, p.reason, coalesce(p.attempts, 0), p.last_status_code, clock_timestamp(),
           CASE WHEN p.has_turn AND p.claim THEN (SELECT l.id FROM lease l) END, p.method, p.url, p.body, p.hops,
           p.correlation_id, p.traceparent, clock_timestamp(),
           CASE WHEN p.status <> 'pending' THEN coalesce(p.finished_at, clock_timestamp()) END
      FROM placed p
     ORDER BY p.lane_seq
    RETURNING id, claimed_by IS NOT NULL, coalesce(id = ANY (ended), false);

    IF ended IS NOT NULL THEN
      DELETE FROM adopted_ends e WHERE e.delivery_id = ANY (ended);
    END IF;
  END $$`;
