import type { Sql } from '@ponte/service-kit';

/** The deliveries of one deal by one integration: they go one after the other. */
export interface Lane {
  readonly integrationId: string;
  readonly dealId: string;
}

/**
 * Gives lanes that have no head their next one (see the migration's `give_delivery_turns`). To be called in the
 * transaction that finished the heads, as a statement after it.
 */
export async function giveTurns(sql: Sql, lanes: readonly Lane[]): Promise<void> {
  if (lanes.length === 0) return;
  await sql.query('SELECT give_delivery_turns($1, $2)', [
    lanes.map((lane) => lane.integrationId),
    lanes.map((lane) => lane.dealId),
  ]);
}

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
