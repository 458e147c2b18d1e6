import type { Sql } from '@ponte/service-kit';
import { plainArray } from '../../append/array-literal.js';
import { textArray } from '../../append/binary-array.js';
import { recordBytes, type LogRecord } from '../../record.js';
import { Fenced } from '../../relay/lease.js';
import type { Loss } from './adopter.js';
import type { Head } from './tail.js';

/** Up to where a partition was adopted, and where in the topic its last record lies. */
export interface AdoptedEnd {
  readonly partition: number;
  readonly firstPosition: number;
  /** The last one that the topic has. */
  readonly last: LogRecord;
  readonly offset: bigint;
}

/**
 * Locks what an adoption touches, in the order that everyone keeps: the rows of all consumers of these partitions, since
 * evolving may move them, then the heads.
 *
 * @throws Fenced when the log does not end where this relay believes: another one was here
 */
export async function lockForAdoption(sql: Sql, heads: readonly Head[]): Promise<void> {
  const partitions = plainArray(heads.map((head) => head.partition));
  await sql.query(
    `SELECT FROM event_log_consumers WHERE partition = ANY ($1) ORDER BY consumer, topic, partition FOR UPDATE`,
    [partitions],
  );
  const found = await sql.query<Head>(
    `SELECT partition, position, record_id AS "recordId" FROM event_log_heads
      WHERE partition = ANY ($1) ORDER BY partition FOR UPDATE`,
    [partitions],
  );
  const positions = new Map(found.map((head) => [head.partition, head]));
  for (const { partition, position, recordId } of heads) {
    const head = positions.get(partition);
    if (head?.position !== position || head.recordId !== recordId) throw new Fenced();
  }
}

/** Inserts records in their places as they are, and moves the heads. The caller holds the heads. */
export async function insertAdopted(sql: Sql, records: readonly LogRecord[]): Promise<void> {
  await sql.query(INSERT, [
    plainArray(records.map((record) => record.partition)),
    plainArray(records.map((record) => record.position)),
    plainArray(records.map((record) => record.id)),
    plainArray(records.map((record) => record.predecessorId)),
    plainArray(records.map((record) => record.time.toISOString())),
    plainArray(records.map((record) => record.hops)),
    plainArray(records.map(recordBytes)),
    textArray(records.map((record) => record.type)),
    textArray(records.map((record) => record.subject)),
    textArray(records.map((record) => record.workspaceId)),
    textArray(records.map((record) => record.correlationId)),
    textArray(records.map((record) => record.causationId)),
    textArray(records.map((record) => record.traceparent)),
    textArray(records.map((record) => record.data)),
  ]);
}

const INSERT = `
  WITH given AS (
    SELECT * FROM unnest($1::int[], $2::bigint[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::int[], $7::int[],
                         $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
      AS g (partition, position, record_id, predecessor_id, time, hops, size, type, subject, workspace_id,
            correlation_id, causation_id, traceparent, data)
  ), inserted AS (
    INSERT INTO event_log (partition, position, record_id, predecessor_id, time, hops, size, type, subject,
                           workspace_id, correlation_id, causation_id, traceparent, data)
    SELECT * FROM given
  )
  UPDATE event_log_heads h SET position = e.position, record_id = e.record_id
    FROM (SELECT DISTINCT ON (g.partition) g.partition, g.position, g.record_id
            FROM given g ORDER BY g.partition, g.position DESC) e
   WHERE h.partition = e.partition`;

/**
 * Notes that the topic has these records, so that they are not sent again, and keeps what was adopted.
 *
 * @param finishedWith partition → records that were appended behind its last one
 * @throws Fenced when another epoch has begun
 */
export async function noteAdopted(
  sql: Sql,
  adoption: { readonly id: number; readonly epoch: number },
  ends: readonly AdoptedEnd[],
  finishedWith: ReadonlyMap<number, number>,
): Promise<void> {
  const partitions = plainArray(ends.map((end) => end.partition));
  const positions = plainArray(ends.map((end) => end.last.position));
  const moved = await sql.query(CHECKPOINT, [
    ...[adoption.epoch, partitions, positions],
    plainArray(ends.map((end) => end.last.id)),
    plainArray(ends.map((end) => end.offset)),
  ]);
  if (moved.length !== ends.length) throw new Fenced();
  await sql.query(KEEP, [
    ...[adoption.id, partitions],
    plainArray(ends.map((end) => end.firstPosition)),
    positions,
    plainArray(ends.map((end) => finishedWith.get(end.partition) ?? 0)),
    plainArray(ends.map((end) => end.last.time.toISOString())),
  ]);
}

const CHECKPOINT = `
  UPDATE event_log_checkpoints c
     SET position = n.position, record_id = n.record_id, topic_offset = n.topic_offset, anchored = true
    FROM unnest($2::int[], $3::bigint[], $4::uuid[], $5::bigint[]) AS n (partition, position, record_id, topic_offset)
   WHERE c.partition = n.partition AND c.epoch = $1
  RETURNING c.partition`;

const KEEP = `
  INSERT INTO event_log_adopted_ranges AS r
         (adoption_id, partition, from_position, to_position, finished_with, last_time)
  SELECT $1, n.* FROM unnest($2::int[], $3::bigint[], $4::bigint[], $5::int[], $6::timestamptz[]) AS n
  ON CONFLICT (adoption_id, partition) DO UPDATE
    SET to_position = excluded.to_position, finished_with = excluded.finished_with, last_time = excluded.last_time`;

export async function keepLosses(sql: Sql, adoptionId: number, losses: readonly Loss[]): Promise<void> {
  if (losses.length === 0) return;
  await sql.query(KEEP_LOSSES, [
    adoptionId,
    textArray(losses.map((loss) => loss.what)),
    textArray(losses.map((loss) => loss.subject ?? '')),
    plainArray(losses.map((loss) => loss.count)),
  ]);
}

const KEEP_LOSSES = `
  INSERT INTO event_log_adoption_losses AS l (adoption_id, what, subject, count)
  SELECT $1, n.what, n.subject, sum(n.count)
    FROM unnest($2::text[], $3::text[], $4::bigint[]) AS n (what, subject, count) GROUP BY n.what, n.subject
  ON CONFLICT (adoption_id, what, subject) DO UPDATE SET count = l.count + excluded.count`;
