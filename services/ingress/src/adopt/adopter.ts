import { InboundReceivedV1, readEvent } from '@ponte/contracts';
import type { Adopter, LogRecord, Loss } from '@ponte/event-log';
import type { Sql } from '@ponte/service-kit';

/**
 * Takes back what ponte.inbound.v1 holds after the database of ingress was restored: requests with what they were mapped
 * to, and the delivery ids by which a sender's repetition is known. Outcomes come again by the consumer, whose restored
 * row reads them again.
 */
export const adopter: Adopter = {
  evolve: async (sql, records) => {
    const rows = records.filter((record) => record.type === InboundReceivedV1.type).map(toRow);
    if (rows.length === 0) return [];
    const json = JSON.stringify(rows);
    const [restored] = await sql.query<{ lost: number }>(restoreRequests, [json]);
    await sql.query(dropHeld, [rows.map((row) => row.id)]);
    await sql.query(endRepetitions, [json]);
    await sql.query(restoreDeliveryIds, [json]);
    return [
      ...(restored === undefined || restored.lost === 0 ? [] : [contentOf(restored.lost)]),
      ...(await lostIntegrations(sql, json)),
    ];
  },
};

/** Bytes and headers: they stay with ingress alone. */
function contentOf(count: number): Loss {
  return { what: 'request_content', subject: null, count };
}

/** Integrations that were made after the backup: their settings and URLs are in no copy. */
function lostIntegrations(sql: Sql, rows: string): Promise<Loss[]> {
  return sql.query<Loss>(selectLostIntegrations, [rows]);
}

function toRow({ id, workspaceId, partition, position, data }: LogRecord) {
  const { integrationId, receivedAt, items, delivery } = readEvent(InboundReceivedV1, JSON.parse(data));
  return {
    id,
    workspace_id: workspaceId,
    integration_id: integrationId,
    received_at: receivedAt,
    items: items.length,
    partition,
    position,
    delivery_hash: delivery?.idHash ?? null,
    bytes_hash: delivery?.bytesHash ?? null,
  };
}

const given = /* sql */ `
  given as materialized (
    select * from json_to_recordset($1) as g (
      id uuid, workspace_id uuid, integration_id uuid, received_at timestamptz, items integer, partition integer,
      position bigint, delivery_hash uuid, bytes_hash uuid)
  )`;

/** One that was held at the time of the backup has its bytes, and was published since. */
const restoreRequests = /* sql */ `
  with ${given}, restored as (
    insert into inbound_requests as r (id, workspace_id, integration_id, received_at, method, content_type, size,
                                       headers, query, body, items, state, response_status, response_code, partition,
                                       position, content_lost)
    select g.id, g.workspace_id, g.integration_id, g.received_at, null, null, null, '[]', '', '', g.items, 'published',
           200, 'accepted', g.partition, g.position, true
      from given g
    on conflict (workspace_id, id) do update set state = 'published', position = excluded.position
    returning xmax = 0 as is_new
  )
  select count(*) filter (where is_new) as lost from restored`;

const dropHeld = /* sql */ `delete from inbound_held where request_id = any ($1)`;

/**
 * A sender that got no answer may have sent again after the restore, before the first one came back: what was held of it
 * is a repetition, and nothing comes of it.
 */
const endRepetitions = /* sql */ `
  with ${given}, repetition as materialized (
    select g.workspace_id, g.integration_id, k.request_id,
           case when k.bytes_hash = g.bytes_hash then 'duplicate' else 'duplicate_differs' end as verdict
      from given g
      join inbound_delivery_ids k on k.integration_id = g.integration_id and k.delivery_hash = g.delivery_hash
     where k.request_id <> g.id and k.received_at > g.received_at
  ), gone as (
    delete from inbound_held h using repetition r where h.request_id = r.request_id returning h.request_id
  ), listed as (
    update inbound_requests q set state = r.verdict
      from repetition r join gone using (request_id)
     where q.workspace_id = r.workspace_id and q.id = r.request_id
    returning q.id, q.workspace_id, q.integration_id, r.verdict, q.received_at
  )
  insert into inbound_outcomes (request_id, item, workspace_id, integration_id, outcome, reason, warnings, applied_at)
  select l.id, 0, l.workspace_id, l.integration_id, 'ignored', l.verdict, '[]', l.received_at from listed l
  on conflict (request_id, item) do nothing`;

/** The latest of each id: an earlier one is over 30 days older. */
const restoreDeliveryIds = /* sql */ `
  with ${given}
  insert into inbound_delivery_ids (integration_id, delivery_hash, bytes_hash, request_id, received_at)
  select distinct on (g.integration_id, g.delivery_hash)
         g.integration_id, g.delivery_hash, g.bytes_hash, g.id, g.received_at
    from given g where g.delivery_hash is not null
   order by g.integration_id, g.delivery_hash, g.position desc
  on conflict (integration_id, delivery_hash) do update
    set bytes_hash = excluded.bytes_hash, request_id = excluded.request_id, received_at = excluded.received_at`;

const selectLostIntegrations = /* sql */ `
  with ${given}
  select 'integration' as what, g.integration_id as subject, count(*) as count
    from given g
   where not exists (select from inbound_integrations i where i.id = g.integration_id)
   group by g.integration_id`;
