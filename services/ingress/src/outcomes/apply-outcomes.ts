import { InboundAppliedV1, readEvent } from '@ponte/contracts';
import type { ReceivedRecord } from '@ponte/event-log';
import type { Transaction } from '@ponte/service-kit';
import { advance, type Closing } from './progress.js';

const readProgress = /* sql */ `
  select partition, position from inbound_outcomes_progress where partition = any ($1)
`;

const writeOutcomes = /* sql */ `
  with outcomes as (
    insert into inbound_outcomes (request_id, item, workspace_id, integration_id, outcome, reason, deal_id, contact_id,
                                  matched_by, conflict, warnings, applied_at)
    select "requestId", item, "workspaceId", "integrationId", outcome, reason, "dealId", "contactId", "matchedBy",
           conflict, warnings, "appliedAt"
      from json_to_recordset($1) as o (
        "requestId" uuid, item integer, "workspaceId" uuid, "integrationId" uuid, outcome text, reason text,
        "dealId" uuid, "contactId" uuid, "matchedBy" text, conflict json, warnings json, "appliedAt" timestamptz)
    -- One that comes again is in inbound_outcome_gaps; what was said first stays.
    on conflict (request_id, item) do nothing
  ), moved as (
    insert into inbound_outcomes_progress (partition, position)
    select * from json_to_recordset($2) as p (partition integer, position bigint)
    on conflict (partition) do update set position = excluded.position
  )
  insert into inbound_outcome_gaps (kind, partition, first_position, last_position, noticed_at)
  select kind, partition, first, last, now()
    from json_to_recordset($3) as g (kind text, partition integer, first bigint, last bigint)
`;

/**
 * Writes what became of payloads' items, and checks that no payload's outcome is missing. Inbound partition i is closed
 * by deals partition i alone, whose consumer row this transaction has locked: so nobody else moves its progress.
 *
 * @returns how many gaps were found
 */
export async function applyOutcomes(sql: Transaction, records: readonly ReceivedRecord[]): Promise<number> {
  const outcomes = records
    .filter((record) => record.type === InboundAppliedV1.type)
    .map((record) => {
      const data: unknown = JSON.parse(record.data);
      return { ...readEvent(InboundAppliedV1, data), workspaceId: record.workspaceId };
    });
  if (outcomes.length === 0) return 0;
  const closings: Closing[] = outcomes.filter(({ item, items }) => item === items - 1).map(({ inbound }) => inbound);
  const partitions = [...new Set(closings.map(({ partition }) => partition))];
  const rows = await sql.query<Closing>(readProgress, [partitions]);
  const { positions, gaps } = advance(new Map(rows.map((row) => [row.partition, row.position])), closings);
  const progress = [...positions].map(([partition, position]) => ({ partition, position }));
  sql.send(
    writeOutcomes,
    [outcomes, progress, gaps].map((rows) => JSON.stringify(rows)),
  );
  return gaps.length;
}
