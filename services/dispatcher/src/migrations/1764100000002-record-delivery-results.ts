import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Recording the results of calls, in one round trip. */
export class RecordDeliveryResults1764100000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(giveTurns);
    await runner.query(recordResults);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION record_delivery_results, give_delivery_turns');
  }
}

/**
 * Gives lanes that have no head their next one. Comes as a statement after the one that finished the heads: rows that an
 * inserter put behind a head, while the lock on it was waited for, are seen only by a snapshot taken later (READ
 * COMMITTED; each statement of a volatile function has its own). Reads index deliveries_lane: one probe a lane.
 *
 * Returns the integrations that have something due now.
 */
export const giveTurns = `
  CREATE FUNCTION give_delivery_turns(p_integrations uuid[], p_deals uuid[]) RETURNS SETOF uuid
  LANGUAGE sql VOLATILE AS $$
    UPDATE deliveries d SET turn = true
      FROM (SELECT DISTINCT l.integration_id, l.deal_id
              FROM unnest(p_integrations, p_deals) AS l (integration_id, deal_id)) lane
      CROSS JOIN LATERAL (
        SELECT n.id FROM deliveries n
         WHERE n.integration_id = lane.integration_id AND n.deal_id = lane.deal_id AND n.status = 'pending'
         ORDER BY n.lane_seq LIMIT 1) next
     WHERE d.id = next.id AND d.status = 'pending'
       AND NOT EXISTS (SELECT FROM deliveries h
                        WHERE h.integration_id = lane.integration_id AND h.deal_id = lane.deal_id
                          AND h.turn AND h.status = 'pending')
    RETURNING d.integration_id
  $$`;

/**
 * Records attempts and what follows from them: ends to the log (the arguments are those of event_log_append), attempts
 * to the history, the rows' next state, the turn to the next of each finished lane.
 *
 * All or nothing: unless each is still claimed as it was when it was tried (same claim, same number of attempts),
 * nothing is written, and `ours` says which are. So it is safe to call again when the answer was lost.
 *
 * The log's heads are locked before any delivery, as everyone does; deliveries in the order of their ids.
 */
export const recordResults = `
  CREATE FUNCTION record_delivery_results(
    p_results json,
    p_partitions integer[], p_record_ids uuid[], p_types text[], p_subjects text[], p_workspace_ids text[],
    p_times timestamptz[], p_correlation_ids text[], p_causation_ids text[], p_traceparents text[], p_hops integer[],
    p_data text[]
  ) RETURNS TABLE (recorded boolean, ours uuid[], due uuid[])
  LANGUAGE plpgsql VOLATILE AS $$
  DECLARE
    v_ours uuid[];
    v_integrations uuid[];
    v_deals uuid[];
  BEGIN
    IF cardinality(p_partitions) > 0 THEN
      PERFORM FROM event_log_heads h WHERE h.partition = ANY (p_partitions) ORDER BY h.partition FOR UPDATE;
    END IF;
    SELECT coalesce(array_agg(l.id), '{}') INTO v_ours
      FROM (SELECT d.id
              FROM json_to_recordset(p_results) AS r (id uuid, claimed_by uuid, number integer)
              JOIN deliveries d ON d.id = r.id
             WHERE d.claimed_by = r.claimed_by AND d.attempts = r.number - 1 AND d.status = 'pending'
             ORDER BY d.id
               FOR UPDATE OF d) l;
    IF cardinality(v_ours) < json_array_length(p_results) THEN
      RETURN QUERY SELECT false, v_ours, '{}'::uuid[];
      RETURN;
    END IF;
    IF cardinality(p_partitions) > 0 THEN
      PERFORM FROM event_log_append(p_partitions, p_record_ids, p_types, p_subjects, p_workspace_ids, p_times,
        p_correlation_ids, p_causation_ids, p_traceparents, p_hops, p_data);
    END IF;
    WITH result AS (
      SELECT * FROM json_to_recordset(p_results) AS r (
        id uuid, number integer, started_at timestamptz, duration_ms integer, status_code integer, error_code text,
        response_body text, status text, reason text, delay_ms double precision)
    ), tried AS (
      INSERT INTO delivery_attempts
             (delivery_id, number, started_at, duration_ms, status_code, error_code, response_body)
      SELECT r.id, r.number, r.started_at, r.duration_ms, r.status_code, r.error_code, r.response_body FROM result r
    ), written AS (
      UPDATE deliveries d
         SET status = r.status, reason = r.reason, attempts = r.number, claimed_by = NULL,
             last_status_code = r.status_code,
             due_at = clock_timestamp() + r.delay_ms * interval '1 millisecond',
             finished_at = CASE WHEN r.status <> 'pending' THEN clock_timestamp() END
        FROM result r WHERE d.id = r.id
      RETURNING d.integration_id, d.deal_id, d.status
    )
    SELECT array_agg(w.integration_id), array_agg(w.deal_id) INTO v_integrations, v_deals
      FROM written w WHERE w.status <> 'pending';
    RETURN QUERY SELECT true, v_ours, ARRAY(SELECT DISTINCT t FROM give_delivery_turns(v_integrations, v_deals) t);
  END $$`;
