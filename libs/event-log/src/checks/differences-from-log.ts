import type { Sql } from '@ponte/service-kit';
import { plainArray } from '../append/array-literal.js';

/** A record that was seen in the topic. */
export interface Seen {
  readonly partition: number;
  readonly position: number;
  readonly id: string;
  readonly offset: bigint;
}

/** A record of the topic that the log does not know at its position. */
export interface Difference {
  readonly partition: number;
  readonly position: number;
  readonly topicId: string;
  readonly offset: number;
  /** What the log has there; null: nothing. */
  readonly logId: string | null;
  /** Where the log's partition ends. */
  readonly head: number;
}

/** Those of the records that the log does not have, at most so many, in order of partition and offset. */
export async function differencesFromLog(sql: Sql, seen: readonly Seen[], most: number): Promise<Difference[]> {
  if (seen.length === 0) return [];
  return sql.query<Difference>(DIFFERENCES, [
    plainArray(seen.map((record) => record.partition)),
    plainArray(seen.map((record) => record.position)),
    plainArray(seen.map((record) => record.id)),
    plainArray(seen.map((record) => record.offset)),
    most,
  ]);
}

/** What the log has trimmed away can't be compared any more. Index: the primary key of event_log. */
const DIFFERENCES = `
  SELECT t.partition, t.position, t.record_id AS "topicId", t.topic_offset AS "offset", l.record_id AS "logId",
         h.position AS head
    FROM unnest($1::int[], $2::bigint[], $3::uuid[], $4::bigint[]) AS t (partition, position, record_id, topic_offset)
    JOIN event_log_heads h ON h.partition = t.partition
    LEFT JOIN event_log l ON l.partition = t.partition AND l.position = t.position
   WHERE l.record_id IS DISTINCT FROM t.record_id
     AND NOT (l.record_id IS NULL AND t.position <= h.position
              AND t.position < (SELECT min(o.position) FROM event_log o WHERE o.partition = t.partition))
   ORDER BY t.partition, t.topic_offset
   LIMIT $5`;
