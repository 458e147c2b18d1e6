import type { Sql } from '@ponte/service-kit';
import type { FiringIntegration } from './build-delivery.js';
import type { TriggerEvent } from './trigger-event.js';

type Row = Omit<FiringIntegration, 'discardedPeriods'> & {
  readonly discardedPeriods: readonly { readonly from: string; readonly until: string }[];
};

/**
 * The integrations that may fire for these events, in one query (index outbound_integrations_matching).
 *
 * Their rows are locked (shared) until the deliveries are committed: whoever pauses, resumes or deletes one then waits,
 * and finds every delivery that was made under the old state.
 */
export async function findFiringIntegrations(
  sql: Sql,
  events: readonly TriggerEvent[],
): Promise<readonly FiringIntegration[]> {
  const wanted = new Map(
    events.map((event) => [`${event.workspaceId} ${event.deal.origin.id} ${event.change.kind}`, event] as const),
  );
  const keys = [...wanted.values()];
  const rows = await sql.query<Row>(selectFiring, [
    keys.map((event) => event.workspaceId),
    keys.map((event) => event.deal.origin.id),
    keys.map((event) => event.change.kind),
  ]);
  return rows.map((row) => ({
    ...row,
    discardedPeriods: row.discardedPeriods.map(({ from, until }) => ({ from: new Date(from), until: new Date(until) })),
  }));
}

const selectFiring = `
  SELECT i.id, i.workspace_id AS "workspaceId", i.trigger, i.origin_id AS "originId", i.filter, i.status, i.method,
         i.url, i.mapping, i.switched_on_at AS "switchedOnAt", i.discarded_periods AS "discardedPeriods"
    FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS wanted (workspace_id, origin_id, trigger)
    JOIN outbound_integrations i USING (workspace_id, origin_id, trigger)
   WHERE i.deleted_at IS NULL
   ORDER BY i.id
     FOR SHARE OF i`;
