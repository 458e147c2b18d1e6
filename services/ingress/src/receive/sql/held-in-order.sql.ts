/**
 * A query of the first rows of a partition that may go on, as `sequence` and `size` in order of arrival: what was held
 * by the gate, and what was held by a pause that is over. Walks inbound_held_by_gate, and inbound_held_by_pause once for
 * each draining integration; both hold the sizes, so the rows themselves are not read.
 *
 * @param partition an expression of SQL, as is maxRows
 */
export const heldInOrder = (partition: string, maxRows: string): string => /* sql */ `
    select w.sequence, w.size
      from ((select h.sequence, h.size
               from inbound_held h
              where h.partition = ${partition} and h.reason = 'gate' order by h.sequence limit ${maxRows})
            union all
            select p.sequence, p.size
              from inbound_integrations i
             cross join lateral (select h.sequence, h.size
                                   from inbound_held h
                                  where h.integration_id = i.id and h.reason = 'paused'
                                  order by h.sequence limit ${maxRows}) p
             where i.draining and i.status = 'active' and i.partition = ${partition}) w
     order by w.sequence limit ${maxRows}`;
