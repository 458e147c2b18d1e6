import { appended } from '../receive/sql/appended.sql.js';

/** As the first release had it: what migration 4 made, and what taking back migration 5 leaves. */
export const firstIngressDrain = /* sql */ `
create function ingress_drain(p_type text, p_partition integer, p_max_rows integer, p_max_bytes integer)
returns integer
language plpgsql as $$
declare
  v_published integer;
begin
  perform from event_log_heads h where h.partition = p_partition for update;

  with waiting as (
    (select h.* from inbound_held h
      where h.partition = p_partition and h.reason = 'gate' order by h.sequence limit p_max_rows)
    union all
    select h.*
      from inbound_integrations i
     cross join lateral (select * from inbound_held h
                          where h.integration_id = i.id and h.reason = 'paused' order by h.sequence limit p_max_rows) h
     where i.draining and i.status = 'active' and i.partition = p_partition
  ), summed as (
    select w.*, row_number() over (order by w.sequence) as number,
           sum(octet_length(w.data)) over (order by w.sequence) - octet_length(w.data) as bytes_before
      from waiting w
  ), batch as materialized (
    select * from summed s where s.number <= p_max_rows and s.bytes_before < p_max_bytes
  ), appended as materialized (${appended('batch')}
  ), published as (
    update inbound_requests r set state = 'published', position = a.log_position
      from batch b join appended a on a.number = b.number
     where r.workspace_id = b.workspace_id and r.id = b.request_id
  ), gone as (
    delete from inbound_held h using batch b where h.partition = b.partition and h.sequence = b.sequence
  )
  select count(*) into v_published from appended;

  update inbound_integrations i set draining = false
   where i.draining and i.status = 'active' and i.partition = p_partition
     and not exists (select from inbound_held h where h.integration_id = i.id and h.reason = 'paused');
  return v_published;
end $$;
`;
