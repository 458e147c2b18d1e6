/**
 * Gives lanes that have no head their next one: see `giveTurns`. The next and the head of each lane are found by
 * `deliveries_lane` and `deliveries_head`, and the next one's row by its id, whatever the statistics say: see
 * `leanRecordResults`.
 */
export const leanGiveTurns = `
  CREATE OR REPLACE FUNCTION give_delivery_turns(p_integrations uuid[], p_deals uuid[]) RETURNS SETOF uuid
  LANGUAGE sql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
    UPDATE deliveries d SET turn = true
      FROM (SELECT DISTINCT l.integration_id, l.deal_id
              FROM unnest(p_integrations, p_deals) AS l (integration_id, deal_id)) lane
      CROSS JOIN LATERAL (
        SELECT n.id FROM deliveries n
         WHERE n.integration_id = lane.integration_id AND n.deal_id BETWEEN lane.deal_id AND lane.deal_id
           AND n.status = 'pending'
         ORDER BY n.deal_id, n.lane_seq LIMIT 1) next
     WHERE d.id BETWEEN next.id AND next.id AND d.finished_at IS NULL
       AND (SELECT h.id FROM deliveries h
             WHERE h.integration_id = lane.integration_id AND h.deal_id BETWEEN lane.deal_id AND lane.deal_id
               AND h.turn AND h.status = 'pending'
             ORDER BY h.deal_id LIMIT 1) IS NULL
    RETURNING d.integration_id
  $$`;
