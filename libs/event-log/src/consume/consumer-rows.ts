import type { Sql, Transaction } from '@ponte/service-kit';
import { plainArray } from '../append/array-literal.js';
import type { ConsumerRowStatus, Stop } from './stop.js';

/** Which consumer, of which topic: the first two parts of the rows' key. */
export interface ConsumerKey {
  readonly consumer: string;
  readonly topic: string;
}

/** What a consumer knows of one partition: its row. */
export interface ConsumerRow {
  readonly partition: number;
  readonly position: number;
  readonly recordId: string | null;
  readonly nextOffset: bigint | null;
  readonly status: ConsumerRowStatus;
  readonly stop: Stop | null;
  readonly parked: number;
  readonly revision: number;
  readonly poisonsSince: number;
}

/** A mark of what is being tried, committed before it is: it outlives a process that the trial ends. */
export interface TrialMark {
  readonly from: number;
  readonly to: number;
  readonly tries: number;
}

export interface AssignedRow extends ConsumerRow {
  /** The instance that had the partition before did not give it back: it died, or is paused. */
  readonly abandoned: boolean;
  readonly mark: TrialMark | null;
}

interface RawRow {
  partition: number;
  position: number;
  record_id: string | null;
  next_offset: string | null;
  status: ConsumerRowStatus;
  stopped: Stop | null;
  parked: number;
  revision: number;
  poisons_since: number;
}

interface RawAssignedRow extends RawRow {
  abandoned: boolean;
  try_from: number | null;
  try_to: number | null;
  tries: number;
}

const COLUMNS = `c.partition, c.position, c.record_id, c.next_offset::text, c.status, c.stopped, c.parked, c.revision,
  c.poisons_since`;

function rowOf(raw: RawRow): ConsumerRow {
  return {
    partition: raw.partition,
    position: raw.position,
    recordId: raw.record_id,
    nextOffset: raw.next_offset === null ? null : BigInt(raw.next_offset),
    status: raw.status,
    stop: raw.stopped,
    parked: raw.parked,
    revision: raw.revision,
    poisonsSince: raw.poisons_since,
  };
}

/** Makes the rows that are missing, takes all of them over, and says which were not given back. */
export async function takeRows(
  sql: Sql,
  key: ConsumerKey,
  partitions: readonly number[],
  owner: string,
): Promise<AssignedRow[]> {
  const rows = await sql.query<RawAssignedRow>(TAKE_ROWS, [key.consumer, key.topic, plainArray(partitions), owner]);
  return rows.map((raw) => ({
    ...rowOf(raw),
    abandoned: raw.abandoned,
    mark:
      raw.try_from === null || raw.try_to === null ? null : { from: raw.try_from, to: raw.try_to, tries: raw.tries },
  }));
}

const TAKE_ROWS = `
  WITH wanted AS (
    SELECT unnest($3::int[]) AS partition
  ), known AS MATERIALIZED (
    SELECT c.* FROM event_log_consumers c JOIN wanted w USING (partition)
     WHERE c.consumer = $1 AND c.topic = $2 ORDER BY c.partition FOR UPDATE OF c
  ), made AS (
    INSERT INTO event_log_consumers AS c (consumer, topic, partition, owner)
    SELECT $1, $2, w.partition, $4 FROM wanted w WHERE w.partition NOT IN (SELECT k.partition FROM known k)
    ON CONFLICT (consumer, topic, partition) DO UPDATE SET owner = excluded.owner
    RETURNING ${COLUMNS}, false AS abandoned, c.try_from, c.try_to, c.tries
  ), taken AS (
    UPDATE event_log_consumers c SET owner = $4 FROM known k
     WHERE c.consumer = $1 AND c.topic = $2 AND c.partition = k.partition
    RETURNING ${COLUMNS}, k.owner IS NOT NULL AND k.owner <> $4 AS abandoned, c.try_from, c.try_to, c.tries
  )
  SELECT * FROM made UNION ALL SELECT * FROM taken ORDER BY partition`;

/** Gives partitions back, so that whoever gets them need not be careful. Marks of trials go with it: nobody died. */
export async function giveBackRows(sql: Sql, key: ConsumerKey, partitions: readonly number[], owner: string) {
  await sql.query(
    `UPDATE event_log_consumers SET owner = NULL, try_from = NULL, try_to = NULL, tries = 0
      WHERE consumer = $1 AND topic = $2 AND partition = ANY ($3) AND owner = $4`,
    [key.consumer, key.topic, plainArray(partitions), owner],
  );
}

export async function readRows(sql: Sql, key: ConsumerKey, partitions: readonly number[]): Promise<ConsumerRow[]> {
  const rows = await sql.query<RawRow>(
    `SELECT ${COLUMNS} FROM event_log_consumers c WHERE c.consumer = $1 AND c.topic = $2 AND c.partition = ANY ($3)`,
    [key.consumer, key.topic, plainArray(partitions)],
  );
  return rows.map(rowOf);
}

/** Where a partition's row goes in a step. */
export interface Move {
  readonly from: ConsumerRow;
  readonly position: number;
  readonly recordId: string | null;
  readonly nextOffset: bigint;
  /** Dead letters that the step adds. */
  readonly parked: number;
}

/** What `event_log_advance` raises when a row is not as its consumer knows it. */
export const STALE_ROWS = 'EL004';

/**
 * Locks the rows, moves them, and locks the heads of the same partitions if asked to. First in its transaction, which
 * fails with `STALE_ROWS` when a row is not `from` any more; nothing waits for the answer, as all that comes after it
 * fails then too.
 */
export function advanceRows(sql: Transaction, key: ConsumerKey, moves: readonly Move[], lockHeads: boolean): void {
  sql.send('SELECT event_log_advance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
    key.consumer,
    key.topic,
    plainArray(moves.map((move) => move.from.partition)),
    plainArray(moves.map((move) => move.from.position)),
    plainArray(moves.map((move) => move.from.revision)),
    plainArray(moves.map((move) => move.position)),
    plainArray(moves.map((move) => move.recordId)),
    plainArray(moves.map((move) => move.nextOffset)),
    plainArray(moves.map((move) => move.parked)),
    lockHeads,
  ]);
}

/** Writes down that a partition has stopped; false when its row has changed meanwhile. */
export async function stopRow(sql: Sql, key: ConsumerKey, from: ConsumerRow, stop: Stop): Promise<boolean> {
  const stopped = await sql.query(
    `UPDATE event_log_consumers SET status = $6, stopped = $7::jsonb, stopped_at = now(),
            try_from = NULL, try_to = NULL, tries = 0
      WHERE consumer = $1 AND topic = $2 AND partition = $3 AND position = $4 AND revision = $5 AND status = 'running'
     RETURNING partition`,
    [key.consumer, key.topic, from.partition, from.position, from.revision, stop.status, JSON.stringify(stop)],
  );
  return stopped.length > 0;
}

/** Notes what is tried next. Need not reach the disk: it is for the end of this process, not of Postgres. */
export async function markTrial(sql: Sql, key: ConsumerKey, partition: number, mark: TrialMark): Promise<void> {
  await sql.query(
    `WITH fast AS (SELECT set_config('synchronous_commit', 'off', true))
     UPDATE event_log_consumers c SET try_from = $4, try_to = $5, tries = $6 FROM fast
      WHERE c.consumer = $1 AND c.topic = $2 AND c.partition = $3`,
    [key.consumer, key.topic, partition, mark.from, mark.to, mark.tries],
  );
}

/** Keeps that a new consumer began behind what retention had taken. */
export async function noteTrimmed(
  sql: Sql,
  key: ConsumerKey,
  gaps: readonly { partition: number; fromPosition: number; toPosition: number; offset: bigint }[],
): Promise<void> {
  if (gaps.length === 0) return;
  await sql.query(
    `INSERT INTO event_log_accepted_gaps
            (consumer, topic, partition, kind, from_position, to_position, topic_offset, reason, accepted_by)
     SELECT $1, $2, g.partition, 'trimmed', g.from_position, g.to_position, g.topic_offset,
            'a new consumer begins at the earliest record that retention has left', 'system'
       FROM unnest($3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
            AS g (partition, from_position, to_position, topic_offset)`,
    [
      key.consumer,
      key.topic,
      plainArray(gaps.map((gap) => gap.partition)),
      plainArray(gaps.map((gap) => gap.fromPosition)),
      plainArray(gaps.map((gap) => gap.toPosition)),
      plainArray(gaps.map((gap) => gap.offset)),
    ],
  );
}
