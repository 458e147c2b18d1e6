/**
 * Records attempts and what follows from them: ends to the log (the arguments are those of event_log_append), attempts
 * to the history, the rows' next state, the turn to the next of each finished lane. Answers the integrations that have
 * something due now.
 *
 * All or nothing: unless each is still claimed as it was when it was tried (same claim, same number of attempts), it ends
 * with an error. So it is safe to call again when the answer was lost.
 *
 * The log's heads are locked before any delivery, as everyone does; deliveries in the order in which they are given,
 * which is that of their ids. Each is found by its id (index deliveries_pkey) whatever the statistics say: a range leaves
 * no other way to join. What is pending is told by `finished_at`: a condition on the status lets `deliveries_lane` be read
 * from end to end, which looks cheaper where statistics know of nothing that is pending.
 *
 * Who waits in a finished lane is asked in a statement of its own (index deliveries_lane): rows that an inserter put behind
 * a head, while the lock on it was waited for, are seen only by a snapshot taken later. Hardly ever does anyone.
 *
 * Errors: DL001 a delivery is no longer claimed as it was.
 */
export const createRecordResults = `
  CREATE FUNCTION record_results(
    p_results json,
    p_partitions integer[], p_record_ids uuid[], p_types text[], p_subjects text[], p_workspace_ids text[],
    p_times timestamptz[], p_correlation_ids text[], p_causation_ids text[], p_traceparents text[], p_hops integer[],
    p_data text[]
  ) RETURNS uuid[]
  LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
  DECLARE
    v_written bigint;
    v_integrations uuid[];
    v_deals uuid[];
    v_due uuid[] := '{}';
  BEGIN
    IF cardinality(p_partitions) > 0 THEN
      PERFORM FROM event_log_heads h WHERE h.partition = ANY (p_partitions) ORDER BY h.partition FOR UPDATE;
    END IF;
    WITH written AS (
      UPDATE deliveries d
         SET status = r.status, reason = r.reason, attempts = r.number, claimed_by = NULL,
             last_status_code = r.status_code,
             due_at = clock_timestamp() + r.delay_ms * interval '1 millisecond',
             finished_at = CASE WHEN r.status <> 'pending' THEN clock_timestamp() END
        FROM json_to_recordset(p_results) AS r (
               id uuid, claimed_by uuid, number integer, started_at timestamptz, duration_ms integer,
               status_code integer, error_code text, response_body text, status text, reason text,
               delay_ms double precision)
       WHERE d.id BETWEEN r.id AND r.id
         AND d.claimed_by = r.claimed_by AND d.attempts = r.number - 1 AND d.finished_at IS NULL
      RETURNING d.id, d.integration_id, d.deal_id, d.status, r.number, r.started_at, r.duration_ms, r.status_code,
                r.error_code, r.response_body
    ), tried AS (
      INSERT INTO delivery_attempts
             (delivery_id, number, started_at, duration_ms, status_code, error_code, response_body)
      SELECT w.id, w.number, w.started_at, w.duration_ms, w.status_code, w.error_code, w.response_body FROM written w
    )
    SELECT count(*), array_agg(w.integration_id) FILTER (WHERE w.status <> 'pending'),
           array_agg(w.deal_id) FILTER (WHERE w.status <> 'pending')
      INTO v_written, v_integrations, v_deals
      FROM written w;
    IF v_written < json_array_length(p_results) THEN
      RAISE EXCEPTION USING ERRCODE = 'DL001', MESSAGE = 'a delivery is no longer claimed as it was';
    END IF;
    IF cardinality(p_partitions) > 0 THEN
      PERFORM FROM event_log_append(p_partitions, p_record_ids, p_types, p_subjects, p_workspace_ids, p_times,
        p_correlation_ids, p_causation_ids, p_traceparents, p_hops, p_data);
    END IF;
    IF EXISTS (SELECT FROM unnest(v_integrations, v_deals) AS lane (integration_id, deal_id)
                CROSS JOIN LATERAL (
                  SELECT n.id FROM deliveries n
                   WHERE n.integration_id = lane.integration_id AND n.deal_id BETWEEN lane.deal_id AND lane.deal_id
                     AND n.status = 'pending'
                   ORDER BY n.deal_id, n.lane_seq LIMIT 1) next) THEN
      v_due := ARRAY(SELECT DISTINCT t FROM give_delivery_turns(v_integrations, v_deals) t);
    END IF;
    RETURN v_due;
  END $$`;
