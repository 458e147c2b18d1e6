import type { Page, Sql } from '@ponte/service-kit';
import { plainArray } from '../append/array-literal.js';
import { textArray } from '../append/binary-array.js';
import { newestFirst, type PageById } from '../newest-first.js';

/** A record that was committed and acknowledged, and that the database came back without. */
export interface LostRecord {
  readonly partition: number;
  readonly position: number;
  readonly recordId: string;
  readonly type: string;
  readonly subject: string;
  readonly workspaceId: string;
  readonly time: Date;
}

/** A loss as it is kept. */
export interface LostRecordView extends LostRecord {
  readonly id: number;
  readonly noticedAt: Date;
}

/**
 * Keeps those of the records that the log does not have: it ends before them, or has another one in their place. What
 * retention took is no loss, nor what was appended again from the same cause.
 *
 * @returns those that were kept now; others know of the rest already
 */
export function keepLosses(sql: Sql, committed: readonly LostRecord[]): Promise<LostRecord[]> {
  return sql.query<LostRecord>(KEEP, [
    plainArray(committed.map((one) => one.partition)),
    plainArray(committed.map((one) => one.position)),
    plainArray(committed.map((one) => one.recordId)),
    textArray(committed.map((one) => one.type)),
    textArray(committed.map((one) => one.subject)),
    textArray(committed.map((one) => one.workspaceId)),
    plainArray(committed.map((one) => one.time.toISOString())),
  ]);
}

const KEEP = `
  INSERT INTO event_log_losses (partition, position, record_id, type, subject, workspace_id, time)
  SELECT c.partition, c.position, c.record_id, c.type, c.subject, c.workspace_id, c.time
    FROM unnest($1::int[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
         AS c (partition, position, record_id, type, subject, workspace_id, time)
    JOIN event_log_heads h ON h.partition = c.partition
    LEFT JOIN event_log l ON l.partition = c.partition AND l.position = c.position
   WHERE (c.position > h.position OR l.record_id <> c.record_id)
     AND NOT EXISTS (SELECT FROM event_log again WHERE again.record_id = c.record_id)
   ORDER BY c.partition, c.position
  ON CONFLICT (record_id) DO NOTHING
  RETURNING partition, position, record_id AS "recordId", type, subject, workspace_id AS "workspaceId", time`;

/** What was lost may come back: adopted from the topic, or appended again when its cause is applied again. */
const MISSING = 'NOT EXISTS (SELECT FROM event_log l WHERE l.record_id = event_log_losses.record_id)';

/** Losses that were noticed since a time and have not come back. */
export async function countLosses(sql: Sql, since: Date): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM event_log_losses WHERE noticed_at >= $1 AND ${MISSING}`,
    [since],
  );
  return row?.count ?? 0;
}

/** What has not come back, newest first. */
export function listLosses(sql: Sql, page: PageById): Promise<Page<LostRecordView>> {
  return newestFirst<LostRecordView>(sql, { select: SELECT, where: MISSING }, page);
}

const SELECT = `
  SELECT id, noticed_at AS "noticedAt", partition, position, record_id AS "recordId", type, subject,
         workspace_id AS "workspaceId", time
    FROM event_log_losses`;
