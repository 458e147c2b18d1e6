import { LOG_PARTITIONS, partitionFor } from '@ponte/event-log';

export const partitionOf = (workspaceId: string): number => partitionFor(workspaceId, LOG_PARTITIONS);

/** What a record is, each in SQL. */
export interface Entry {
  readonly partition: string;
  readonly position: string;
  readonly id: string;
  /** A type of the contracts, as text: `ponte.DealCreated.v1`. */
  readonly type: string;
  readonly subject: string;
  readonly workspaceId: string;
  readonly time: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly data: string;
}

/**
 * SQL that appends a record for each row of `from`. Their positions have to be below the log's first: so nobody follows
 * them, or would miss what goes before them; but the table and its indexes are as large as they would have become, and who
 * knows a position finds what is there.
 */
export function insertEntries(entry: Entry, from: string): string {
  return `INSERT INTO event_log (partition, position, record_id, time, hops, size, type, subject, workspace_id,
                           correlation_id, causation_id, data)
    SELECT ${entry.partition}, ${entry.position}, ${entry.id}, ${entry.time}, 0, 1000, '${entry.type}',
           ${entry.subject}, ${entry.workspaceId}, ${entry.correlationId}, ${entry.causationId}, ${entry.data}
      FROM ${from}`;
}

/** SQL for an instant as events have it. */
export const instant = (time: string): string => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
