import type { Sql } from '@ponte/service-kit';
import { plainArray } from '../append/array-literal.js';
import type { LogRecord } from '../record.js';

/** How much a round of the relay takes at most. The records of one cause are taken together where they fit. */
export interface RoundLimits {
  /** Records of one partition. */
  readonly records: number;
  /** Bytes of one partition; its first record is taken whatever its size. */
  readonly bytesPerPartition: number;
  /** Bytes of all partitions together, shared fairly among them. */
  readonly bytes: number;
}

/** A row of event_log as the queries of this library select it. */
export interface LogRow {
  partition: number;
  position: number;
  record_id: string;
  predecessor_id: string | null;
  time: Date;
  hops: number;
  type: string;
  subject: string;
  workspace_id: string;
  correlation_id: string;
  causation_id: string | null;
  traceparent: string | null;
  data: string;
}

export function recordOf(row: LogRow): LogRecord {
  return {
    partition: row.partition,
    position: row.position,
    id: row.record_id,
    predecessorId: row.predecessor_id,
    time: row.time,
    hops: row.hops,
    type: row.type,
    subject: row.subject,
    workspaceId: row.workspace_id,
    correlationId: row.correlation_id,
    causationId: row.causation_id,
    traceparent: row.traceparent,
    data: row.data,
  };
}

/** What a round takes, in order of partition and position, and whether the log has more than that. */
export interface Waiting {
  readonly records: readonly LogRecord[];
  readonly more: boolean;
}

/** What follows the given positions, in one query over all partitions. */
export async function readAfter(sql: Sql, after: ReadonlyMap<number, number>, limits: RoundLimits): Promise<Waiting> {
  const rows = await sql.query<WalkedRow>(READ_AFTER, [
    plainArray([...after.keys()]),
    plainArray([...after.values()]),
    limits.records,
    limits.bytesPerPartition,
    limits.bytes,
  ]);
  const partitions = new Map<number, WalkedRow[]>();
  for (const row of rows.sort((a, b) => a.partition - b.partition || a.position - b.position)) {
    const walked = partitions.get(row.partition);
    if (walked === undefined) partitions.set(row.partition, [row]);
    else walked.push(row);
  }
  const taken = [...partitions.values()].map(wholeCauses);
  return {
    records: taken.flat().map(recordOf),
    more: taken.some((walked) => (walked.at(-1)?.position ?? 0) < (walked.at(-1)?.head ?? 0)),
  };
}

interface WalkedRow extends LogRow {
  /** The record after it has the same cause. */
  goes_on: boolean;
  /** The last position of the partition. */
  head: number;
}

/**
 * Leaves out the beginning of a last cause that goes on behind what was read, unless there is nothing else: Kafka writes
 * a batch of a partition as a whole, so what a topic holds after any loss ends with a whole cause, save for those that
 * alone are over the limits.
 */
function wholeCauses(walked: readonly WalkedRow[]): readonly WalkedRow[] {
  const end = walked.findLastIndex((row) => !row.goes_on) + 1;
  return end === 0 ? walked : walked.slice(0, end);
}

/**
 * For each partition a walk along the primary key, over sizes and causes alone: a backlog's data would be sorted on disk.
 * One record more than may be taken is looked at, to see whether the last cause goes on. The outer sum goes round the
 * partitions record by record, so that a long one can't push out the others, and what is left of each is still its
 * beginning. The limit of one makes look-ups of it whatever the statistics say.
 */
const READ_AFTER = `
  SELECT e.partition, e.position, e.record_id, e.predecessor_id, e.time, e.hops, e.type, e.subject, e.workspace_id,
         e.correlation_id, e.causation_id, e.traceparent, e.data, coalesce(r.next_cause = r.cause, false) AS goes_on,
         r.head
    FROM (SELECT p.*, h.position AS head, sum(p.size) OVER (ORDER BY p.place, p.partition) - p.size AS bytes_before
            FROM unnest($1::int[], $2::bigint[]) AS a (partition, after)
            JOIN event_log_heads h ON h.partition = a.partition AND h.position > a.after
            CROSS JOIN LATERAL (
              SELECT l.*, sum(l.size) OVER walk - l.size AS own_bytes_before, row_number() OVER walk AS place,
                     lead(l.cause) OVER walk AS next_cause
                FROM (SELECT i.partition, i.position, i.size, coalesce(i.causation_id, i.correlation_id) AS cause
                        FROM event_log i
                       WHERE i.partition = a.partition AND i.position > a.after
                       ORDER BY i.position LIMIT $3 + 1) l
              WINDOW walk AS (ORDER BY l.position)
            ) p
           WHERE p.place <= $3 AND (p.own_bytes_before = 0 OR p.own_bytes_before + p.size <= $4)) r
   CROSS JOIN LATERAL (
     SELECT * FROM event_log i WHERE i.partition = r.partition AND i.position = r.position LIMIT 1) e
   WHERE r.bytes_before = 0 OR r.bytes_before + r.size <= $5`;
