/**
 * A query that appends the rows of a common table expression to the log, in the order of their `number`, which counts
 * from 1, and gives each number its position and predecessor. Without rows nothing is called, as event_log_append would
 * ask the gate.
 *
 * @param rows has number, partition, request_id (the record's id too), workspace_id, received_at, traceparent, hops, data; `p_type` is
 *   the type of all of them
 */
export const appended = (rows: string): string => /* sql */ `
    select a.number, a.log_position, a.predecessor
      from (select array_agg(r.partition order by r.number) as partitions,
                   array_agg(r.request_id order by r.number) as record_ids,
                   array_agg(p_type order by r.number) as types,
                   array_agg('inbound-request/' || r.request_id order by r.number) as subjects,
                   array_agg(r.workspace_id::text order by r.number) as workspace_ids,
                   array_agg(r.received_at order by r.number) as times,
                   array_agg(r.request_id::text order by r.number) as correlation_ids,
                   array_agg(null::text order by r.number) as causation_ids,
                   array_agg(r.traceparent order by r.number) as traceparents,
                   array_agg(r.hops order by r.number) as hops,
                   array_agg(r.data order by r.number) as data
              from ${rows} r having count(*) > 0) n
     cross join lateral event_log_append(n.partitions, n.record_ids, n.types, n.subjects, n.workspace_ids, n.times,
                                         n.correlation_ids, n.causation_ids, n.traceparents, n.hops, n.data)
           with ordinality as a (log_position, predecessor, number)`;
