import type { Sql } from '@ponte/service-kit';

/** The deliveries of one deal by one integration: they go one after the other. */
export interface Lane {
  readonly integrationId: string;
  readonly dealId: string;
}

/**
 * Gives each lane whose head is finished its next head. To be called in the transaction that finished the heads, as a
 * statement after it: the rows that an inserter put behind a head, while the lock on it was waited for, are seen only
 * by a snapshot taken later (READ COMMITTED).
 *
 * @returns the integrations that have something due now
 */
export async function giveTurns(sql: Sql, lanes: readonly Lane[]): Promise<ReadonlySet<string>> {
  if (lanes.length === 0) return new Set();
  const rows = await sql.query<{ integrationId: string }>(activateNext, [
    lanes.map((lane) => lane.integrationId),
    lanes.map((lane) => lane.dealId),
  ]);
  return new Set(rows.map((row) => row.integrationId));
}

/** Reads index deliveries_lane: one probe a lane. A lane that has a head already is left as it is. */
const activateNext = `
  UPDATE deliveries d SET turn = true
    FROM (SELECT DISTINCT integration_id, deal_id FROM unnest($1::uuid[], $2::uuid[]) AS l (integration_id, deal_id)) lane
    CROSS JOIN LATERAL (
      SELECT n.id FROM deliveries n
       WHERE n.integration_id = lane.integration_id AND n.deal_id = lane.deal_id AND n.status = 'pending'
       ORDER BY n.lane_seq LIMIT 1) next
   WHERE d.id = next.id AND d.status = 'pending'
     AND NOT EXISTS (SELECT FROM deliveries h
                      WHERE h.integration_id = lane.integration_id AND h.deal_id = lane.deal_id
                        AND h.turn AND h.status = 'pending')
  RETURNING d.integration_id AS "integrationId"`;

/**
 * Locks a lane's head (shared), so that it isn't finished before this transaction's end; or finds that the lane has
 * none. A head that was finished while its lock was waited for has a successor only in a later snapshot, so it asks
 * again. The caller keeps others from inserting into the lane.
 */
export async function lockHead(sql: Sql, { integrationId, dealId }: Lane): Promise<void> {
  for (;;) {
    if ((await sql.query(lockHeadOfLane, [integrationId, dealId])).length > 0) return;
    if ((await sql.query(findHead, [integrationId, dealId])).length === 0) return;
  }
}

const findHead = `
  SELECT d.id FROM deliveries d WHERE d.integration_id = $1 AND d.deal_id = $2 AND d.turn AND d.status = 'pending'`;

const lockHeadOfLane = `${findHead} FOR SHARE`;

/**
 * Discards what waits of an integration. What is being tried right now goes on.
 *
 * Heads are locked first, in the order in which everyone locks them, and the statement that discards comes after: so
 * it sees what was put behind a head, or became one, meanwhile. The caller holds the integration's row, which keeps the
 * consumer from inserting more.
 *
 * @param since only what happened from then on; null: everything
 * @returns how many were discarded
 */
export async function discardWaiting(
  sql: Sql,
  integrationId: string,
  reason: string,
  since: Date | null,
): Promise<number> {
  await sql.query(lockHeadsOfIntegration, [integrationId]);
  const rows = await sql.query<{ dealId: string }>(discardRows, [integrationId, reason, since]);
  const deals = new Set(rows.map((row) => row.dealId));
  await giveTurns(
    sql,
    [...deals].map((dealId) => ({ integrationId, dealId })),
  );
  return rows.length;
}

const lockHeadsOfIntegration = `
  SELECT d.id FROM deliveries d
   WHERE d.integration_id = $1 AND d.turn AND d.status = 'pending' ORDER BY d.id FOR UPDATE`;

const discardRows = `
  UPDATE deliveries d
     SET status = 'discarded', reason = $2, finished_at = clock_timestamp()
   WHERE d.integration_id = $1 AND d.status = 'pending' AND d.claimed_by IS NULL
     AND ($3::timestamptz IS NULL OR d.happened_at >= $3)
  RETURNING d.deal_id AS "dealId"`;
