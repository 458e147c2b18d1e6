import { appended } from './appended.sql.js';
import { heldInOrder } from './held-in-order.sql.js';

/**
 * Publishes a batch of what a partition holds back and may go on now, in order of arrival. One transaction, under the
 * lock on the partition's head, so that what arrives meanwhile comes after it. An integration with nothing left is no
 * longer draining.
 *
 * A batch has at most `p_max_rows` requests and `p_max_bytes` bytes of data; its first goes whatever its size. It is
 * chosen by running sums over sizes alone, and only then are its rows read: a backlog's data would fill the memory.
 *
 * Raises EL001 while appends are held, EL002 for a record that is too large. Returns how many were published; 0: nothing
 * is left to do.
 */
export const ingressDrain = /* sql */ `
create function ingress_drain(p_type text, p_partition integer, p_max_rows integer, p_max_bytes integer)
returns integer
language plpgsql as $$
declare
  v_published integer;
begin
  perform from event_log_heads h where h.partition = p_partition for update;

  with waiting as (${heldInOrder('p_partition', 'p_max_rows')}
  ), summed as (
    select w.sequence, row_number() over (order by w.sequence) as number,
           sum(w.size) over (order by w.sequence) as bytes
      from waiting w
  ), batch as materialized (
    -- Row by row along the primary key: how few a batch's bytes allow is unknown to the planner, which may read them all.
    select h.*, s.number
      from summed s
     cross join lateral (select * from inbound_held h
                          where h.partition = p_partition and h.sequence = s.sequence limit 1) h
     where s.number = 1 or s.bytes <= p_max_bytes
  ), appended as materialized (${appended('batch')}
  ), published as (
    update inbound_requests r set state = 'published', position = a.log_position
      from batch b join appended a on a.number = b.number
     where r.workspace_id = b.workspace_id and r.id = b.request_id
  ), gone as (
    delete from inbound_held h using batch b where h.partition = b.partition and h.sequence = b.sequence
  )
  select count(*) into v_published from appended;

  -- A probe of inbound_held_by_pause each: 'not exists' may be carried out by reading the whole backlog.
  update inbound_integrations i set draining = false
   where i.draining and i.status = 'active' and i.partition = p_partition
     and (select min(h.sequence) from inbound_held h where h.integration_id = i.id and h.reason = 'paused') is null;
  return v_published;
end $$;
`;
