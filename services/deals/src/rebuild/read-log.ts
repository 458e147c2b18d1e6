import type { Database } from '@ponte/service-kit';
import type { ChainedRecord, Heads } from './chain.js';

/** What one read takes at most: it is in memory twice, as the next one is read while it is projected. */
const BATCH_BYTES = 8 * 1_048_576;

interface Row {
  readonly position: number;
  readonly record_id: string;
  readonly predecessor_id: string | null;
  readonly type: string;
  readonly subject: string;
  readonly workspace_id: string;
  readonly time: Date;
  readonly data: string;
}

/** Along the primary key: sizes first, so that a batch of large records is a short one. Its first record always fits. */
const selectBatch = `
  SELECT e.position, e.record_id, e.predecessor_id, e.type, e.subject, e.workspace_id, e.time, e.data
    FROM (SELECT l.position, sum(l.size) OVER (ORDER BY l.position) - l.size AS bytes_before
            FROM (SELECT i.position, i.size FROM event_log i
                   WHERE i.partition = $1 AND i.position > $2 AND i.position <= $3
                   ORDER BY i.position LIMIT $4) l) r
    JOIN event_log e ON e.partition = $1 AND e.position = r.position
   WHERE r.bytes_before < $5
   ORDER BY e.position`;

/** The log's own table up to its heads, in order of partition and position. Nothing that is in it ever changes. */
export async function readLog(
  database: Database,
  heads: Heads,
  batchRecords: number,
  onRecords: (records: readonly ChainedRecord[]) => Promise<void>,
): Promise<void> {
  const read = async (partition: number, after: number, head: number): Promise<ChainedRecord[]> => {
    if (after >= head) return [];
    const rows = await database.query<Row>(selectBatch, [partition, after, head, batchRecords, BATCH_BYTES]);
    return rows.map((row) => recordOf(partition, row));
  };
  for (const [partition, head] of heads) {
    let records = await read(partition, 0, head);
    while (records.length > 0) {
      // While these are projected on one connection, the next ones come on another.
      const next = read(partition, records.at(-1)?.position ?? head, head);
      next.catch(() => undefined);
      await onRecords(records);
      records = await next;
    }
  }
}

function recordOf(partition: number, row: Row): ChainedRecord {
  return {
    ...{ partition, position: row.position, id: row.record_id, predecessorId: row.predecessor_id, type: row.type },
    ...{ subject: row.subject, workspaceId: row.workspace_id, time: row.time, data: row.data },
  };
}
