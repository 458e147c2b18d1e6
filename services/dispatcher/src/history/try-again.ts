import type { Sql } from '@ponte/service-kit';
import { giveTurns, lockHead } from '../deliveries/lanes.js';

export type TriedAgain =
  | { readonly kind: 'waiting'; readonly integrationId: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'not_failed' }
  | { readonly kind: 'integration_deleted' }
  | { readonly kind: 'too_many_hops' };

interface FailedRow {
  readonly integrationId: string;
  readonly dealId: string;
  readonly status: string;
  readonly reason: string | null;
  readonly deleted: boolean;
}

/**
 * Puts a delivery that failed back into its lane for one more try, with the same id and the same content.
 *
 * The integration's row is locked as in every change of it: so the consumer puts nothing into the lane meanwhile.
 */
export async function tryAgain(sql: Sql, workspaceId: string, id: string): Promise<TriedAgain> {
  const [row] = await sql.query<FailedRow>(lockDelivery, [workspaceId, id]);
  if (row === undefined) return { kind: 'not_found' };
  if (row.deleted) return { kind: 'integration_deleted' };
  if (row.status !== 'failed') return { kind: 'not_failed' };
  if (row.reason === 'too_many_hops') return { kind: 'too_many_hops' };
  await lockHead(sql, row);
  await sql.query(putBack, [id]);
  await giveTurns(sql, [row]);
  return { kind: 'waiting', integrationId: row.integrationId };
}

const lockDelivery = `
  SELECT d.integration_id AS "integrationId", d.deal_id AS "dealId", d.status, d.reason,
         i.deleted_at IS NOT NULL AS deleted
    FROM deliveries d JOIN outbound_integrations i ON i.id = d.integration_id
   WHERE d.workspace_id = $1 AND d.id = $2
     FOR UPDATE OF i, d`;

const putBack = `
  UPDATE deliveries SET status = 'pending', turn = false, reason = NULL, finished_at = NULL, due_at = clock_timestamp()
   WHERE id = $1`;
