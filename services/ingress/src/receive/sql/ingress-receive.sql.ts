import { appended } from './appended.sql.js';

/**
 * Writes a batch of requests in one statement, which is its own transaction.
 *
 * `p_facts` is a list of objects, one a request, in order of arrival; its long texts and its bytes lie in `p_pieces`, one
 * after the other (headers, query, body, data), from `at` on. The heads of `p_partitions` are locked first: they order
 * the arrivals of a partition, and guard its delivery ids and what it holds back, as all requests of an integration
 * belong to one partition.
 *
 * `p_retried`: an earlier try of the same batch may have been committed; requests that are there already are answered
 * as they were. `p_gate_open` is what the caller believes: where it is wrong, event_log_append raises EL001 and the
 * caller comes again with false. A request is held when appends are held; when its integration is paused, or draining
 * after a resume; or when its partition still holds earlier ones: what arrives meanwhile joins the end.
 *
 * Returns a row for each request whose integration still exists; without the predecessor where an earlier try wrote it.
 */
export const ingressReceive = /* sql */ `
create function ingress_receive(
  p_type text, p_partitions integer[], p_facts json, p_pieces bytea, p_retried boolean, p_gate_open boolean
) returns table (ord integer, result text, request_id uuid, "position" bigint, predecessor uuid)
language plpgsql
-- Planning these statements anew takes longer than carrying them out.
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  perform from event_log_heads h where h.partition = any (p_partitions) order by h.partition for update;

  return query
  with given as materialized (
    select * from json_to_recordset(p_facts) as g (
      ord integer, id uuid, workspace_id uuid, integration_id uuid, partition integer, received_at timestamptz,
      method text, content_type text, size integer, status integer, code text, at integer,
      headers_length integer, query_length integer, body_length integer, data_length integer,
      is_payload boolean, items integer, traceparent text, hops integer,
      delivery_id text, delivery_hash uuid, bytes_hash uuid)
  ), done as materialized (
    select g.ord, r.id, r.state, r.position
      from given g join inbound_requests r on r.workspace_id = g.workspace_id and r.id = g.id
     where p_retried
  ), fresh as materialized (
    select g.*, i.status = 'paused' or i.draining as behind,
           k.request_id as known_id, k.bytes_hash as known_hash,
           first_value(g.id) over alike as first_id, first_value(g.bytes_hash) over alike as first_hash
      from given g
      join inbound_integrations i on i.id = g.integration_id and i.deleted_at is null
      left join inbound_delivery_ids k
        on k.integration_id = g.integration_id and k.delivery_hash = g.delivery_hash
       and k.received_at > g.received_at - interval '30 days'
     where not exists (select from done d where d.ord = g.ord)
    window alike as (partition by g.integration_id, g.delivery_hash order by g.ord)
  ), judged as (
    select f.*, coalesce(f.known_id, f.first_id) as original_id,
           case when not f.is_payload then 'refused'
                when f.delivery_hash is null or coalesce(f.known_id, f.first_id) = f.id then 'new'
                when coalesce(f.known_hash, f.first_hash) = f.bytes_hash then 'duplicate'
                else 'duplicate_differs' end as verdict
      from fresh f
  ), routed as (
    select j.*,
           case when j.verdict <> 'new' then j.verdict
                when j.behind then 'paused'
                when not p_gate_open
                  or exists (select from inbound_held h where h.partition = j.partition and h.reason = 'gate') then 'gate'
                else 'published' end as route
      from judged j
  ), numbered as materialized (
    select r.*, r.id as request_id,
           count(*) filter (where r.route = 'published') over (order by r.ord) as number,
           r.at + r.headers_length + r.query_length + r.body_length as data_at
      from routed r
  ), publishing as materialized (
    select n.number, n.partition, n.request_id, n.workspace_id, n.received_at, n.traceparent, n.hops,
           convert_from(substring(p_pieces from n.data_at for n.data_length), 'UTF8') as data
      from numbered n where n.route = 'published'
  ), appended as materialized (${appended('publishing')}
  ), placed as materialized (
    -- One row of all positions rather than a join: the planner knows nothing of these rows, and would nest loops.
    select coalesce(array_agg(a.log_position order by a.number), '{}') as positions,
           coalesce(array_agg(a.predecessor order by a.number), '{}') as predecessors
      from appended a
  ), kept as (
    insert into inbound_requests (id, workspace_id, integration_id, received_at, method, content_type, size, headers,
                                  query, body, delivery_id, items, state, response_status, response_code, partition,
                                  position)
    select r.id, r.workspace_id, r.integration_id, r.received_at, r.method, r.content_type, r.size,
           convert_from(substring(p_pieces from r.at for r.headers_length), 'UTF8'),
           convert_from(substring(p_pieces from r.at + r.headers_length for r.query_length), 'UTF8'),
           substring(p_pieces from r.at + r.headers_length + r.query_length for r.body_length),
           r.delivery_id, r.items,
           case when r.route in ('paused', 'gate') then 'held' else r.route end,
           r.status, case r.route when 'duplicate_differs' then r.route else r.code end, r.partition,
           case r.route when 'published' then p.positions[r.number] end
      from numbered r cross join placed p
     where r.route <> 'duplicate'
  ), held as (
    insert into inbound_held (partition, workspace_id, integration_id, request_id, reason, received_at, data,
                              traceparent, hops)
    select r.partition, r.workspace_id, r.integration_id, r.id, r.route, r.received_at,
           convert_from(substring(p_pieces from r.data_at for r.data_length), 'UTF8'), r.traceparent, r.hops
      from numbered r where r.route in ('paused', 'gate')
     order by r.ord
  ), remembered as (
    insert into inbound_delivery_ids as known (integration_id, delivery_hash, bytes_hash, request_id, received_at)
    select r.integration_id, r.delivery_hash, r.bytes_hash, r.id, r.received_at
      from numbered r where r.verdict = 'new' and r.delivery_hash is not null
    -- Only one older than 30 days can be in the way: its time is over.
    on conflict (integration_id, delivery_hash) do update
      set bytes_hash = excluded.bytes_hash, request_id = excluded.request_id, received_at = excluded.received_at
  ), ended as (
    insert into inbound_outcomes (request_id, item, workspace_id, integration_id, outcome, reason, warnings, applied_at)
    select r.id, 0, r.workspace_id, r.integration_id, 'ignored',
           case r.route when 'duplicate_differs' then r.route else r.code end, '[]', r.received_at
      from numbered r
     -- Taken with 200 although nothing comes of it: the history says why, as an outcome.
     where r.route = 'duplicate_differs' or r.route = 'refused' and r.status = 200
  )
  select r.ord, case when r.route in ('paused', 'gate') then 'held' else r.route end,
         case r.route when 'duplicate' then r.original_id else r.id end,
         case r.route when 'published' then p.positions[r.number] end,
         case r.route when 'published' then p.predecessors[r.number] end
    from numbered r cross join placed p
  union all
  select d.ord, d.state, d.id, d.position, null from done d;
end $$;
`;
