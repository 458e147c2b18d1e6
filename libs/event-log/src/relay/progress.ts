import type { Sql } from '@ponte/service-kit';

/** How far a partition of the log is, and how much of it is known to be in the topic. */
export interface PartitionProgress {
  readonly partition: number;
  readonly head: number;
  readonly relayed: number;
}

export async function readProgress(sql: Sql): Promise<PartitionProgress[]> {
  return sql.query<PartitionProgress>(
    `SELECT h.partition, h.position AS head, c.position AS relayed
       FROM event_log_heads h JOIN event_log_checkpoints c USING (partition) ORDER BY h.partition`,
  );
}
