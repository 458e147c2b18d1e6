import type { Sql } from '@ponte/service-kit';
import type { Allotment } from './concurrency.js';
import type { ClaimedDelivery, DeliveryId, DeliveryRequest, InstanceId } from './delivery.js';

/** An integration with a delivery that is due and that nobody has claimed. */
export interface DueIntegration {
  readonly integrationId: string;
  readonly state: 'active' | 'paused' | 'deleted';
}

/**
 * Finds the integrations with something due by hopping from one to the next in the index `deliveries_due`: two probes
 * an integration, however long its queue is. The time is the statement's: one that changes while it runs can't bound the
 * index, and all that is to be tried again later would be looked through.
 */
export async function findDueIntegrations(sql: Sql): Promise<readonly DueIntegration[]> {
  return sql.query<DueIntegration>(selectDueIntegrations);
}

const selectDueIntegrations = `
  WITH RECURSIVE waiting AS (
    (SELECT d.integration_id FROM deliveries d
      WHERE d.turn AND d.status = 'pending' ORDER BY d.integration_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.integration_id FROM deliveries d
             WHERE d.turn AND d.status = 'pending' AND d.integration_id > w.integration_id
             ORDER BY d.integration_id LIMIT 1)
      FROM waiting w WHERE w.integration_id IS NOT NULL
  )
  SELECT w.integration_id AS "integrationId",
         CASE WHEN i.id IS NULL OR i.deleted_at IS NOT NULL THEN 'deleted' ELSE i.status END AS state
    FROM waiting w
    LEFT JOIN outbound_integrations i ON i.id = w.integration_id
   WHERE w.integration_id IS NOT NULL
     AND EXISTS (SELECT FROM deliveries d
                  WHERE d.integration_id = w.integration_id AND d.turn AND d.status = 'pending'
                    AND d.due_at <= statement_timestamp() AND d.claimed_by IS NULL)`;

type ClaimedRow = Omit<ClaimedDelivery, 'claimedBy' | 'request'> & DeliveryRequest;

/**
 * Claims what is due, up to so many of each integration, in one statement. Nothing of a paused or deleted integration,
 * and nothing at all once the lease has run out: the lock on its row keeps it from being ended before this commits.
 */
export async function claimDue(
  sql: Sql,
  claimedBy: InstanceId,
  allotments: readonly Allotment[],
): Promise<readonly ClaimedDelivery[]> {
  const rows = await sql.query<ClaimedRow>(claimRows, [
    claimedBy,
    allotments.map((one) => one.integrationId),
    allotments.map((one) => one.count),
  ]);
  return rows.map(({ method, url, body, ...row }) => ({ ...row, claimedBy, request: { method, url, body } }));
}

const claimRows = `
  WITH lease AS MATERIALIZED (
    SELECT id FROM dispatcher_instances WHERE id = $1 AND expires_at > clock_timestamp() FOR KEY SHARE
  ), picked AS MATERIALIZED (
    SELECT head.id
      FROM unnest($2::uuid[], $3::int[]) AS wanted (integration_id, count)
      JOIN outbound_integrations i
        ON i.id = wanted.integration_id AND i.status = 'active' AND i.deleted_at IS NULL
      CROSS JOIN LATERAL (
        SELECT d.id FROM deliveries d
         WHERE d.integration_id = wanted.integration_id AND d.turn AND d.status = 'pending'
           AND d.due_at <= statement_timestamp() AND d.claimed_by IS NULL
         ORDER BY d.due_at
         LIMIT wanted.count
           FOR UPDATE SKIP LOCKED) head
     WHERE EXISTS (SELECT FROM lease)
  )
  -- As a list rather than a join, for which the planner, who can't know how few are picked, may read the whole table.
  UPDATE deliveries d SET claimed_by = $1
   WHERE d.id = ANY (ARRAY(SELECT id FROM picked))
  RETURNING d.id, d.workspace_id AS "workspaceId", d.integration_id AS "integrationId", d.deal_id AS "dealId",
            d.contact_id AS "contactId", d.event_id AS "eventId", d.trigger, d.attempts, d.hops,
            d.correlation_id AS "correlationId", d.traceparent, d.method, d.url, d.body`;

/** Gives back claims that were never tried. Those that are no longer this instance's are left alone. */
export async function releaseClaims(sql: Sql, claims: readonly ClaimedDelivery[]): Promise<void> {
  await sql.query(releaseRows, [claims.map((one) => one.id), claims.map((one) => one.claimedBy)]);
}

/**
 * By the primary key. What is pending is told by `finished_at`: a condition on the status lets `deliveries_lane` be read
 * from end to end where statistics know of nothing that is pending.
 */
const releaseRows = `
  UPDATE deliveries d SET claimed_by = NULL
    FROM unnest($1::uuid[], $2::uuid[]) AS mine (id, claimed_by)
   WHERE d.id = mine.id AND d.claimed_by = mine.claimed_by AND d.finished_at IS NULL`;

/**
 * Gives back what is claimed under a lease without the instance knowing of it: the answer to a claim's commit was lost.
 * Must not run beside a claim of the same instance that `known` doesn't hold.
 */
export async function releaseForgotten(sql: Sql, id: InstanceId, known: readonly DeliveryId[]): Promise<void> {
  await sql.query(releaseUnknown, [id, known]);
}

const releaseUnknown = `
  UPDATE deliveries d SET claimed_by = NULL
   WHERE d.turn AND d.status = 'pending' AND d.claimed_by = $1 AND d.id <> ALL ($2::uuid[])`;
