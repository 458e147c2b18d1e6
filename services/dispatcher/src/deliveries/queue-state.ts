import type { Sql } from '@ponte/service-kit';

/** How much is waiting. */
export interface QueueState {
  /** Heads of lanes whose time has come and that nobody has claimed; paused integrations aside. */
  readonly due: number;
  /** How long the first of them has been due. */
  readonly oldestDueSeconds: number;
  /** Deliveries that wait behind the head of their lane. */
  readonly waitingInLanes: number;
}

/** Reads index deliveries_due for the heads, as far as they are due, and deliveries_behind_heads for the rows behind them. */
export async function readQueueState(sql: Sql): Promise<QueueState> {
  const [row] = await sql.query<QueueState>(selectState);
  return row ?? { due: 0, oldestDueSeconds: 0, waitingInLanes: 0 };
}

const selectState = `
  SELECT heads.due, heads."oldestDueSeconds",
         (SELECT count(*) FROM deliveries d WHERE d.status = 'pending' AND NOT d.turn) AS "waitingInLanes"
    FROM (SELECT count(*) AS due,
                 coalesce(extract(epoch FROM statement_timestamp() - min(d.due_at)), 0)::float8 AS "oldestDueSeconds"
            FROM deliveries d
            JOIN outbound_integrations i ON i.id = d.integration_id AND i.status = 'active' AND i.deleted_at IS NULL
           WHERE d.turn AND d.status = 'pending' AND d.claimed_by IS NULL AND d.due_at <= statement_timestamp()) heads`;
