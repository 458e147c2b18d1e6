import type { Database, Sql } from '@ponte/service-kit';
import type { ConsumerKey } from '../consume/consumer-rows.js';
import type { ConsumerRowStatus, Found, Stop } from '../consume/stop.js';
import { RepairRefused } from './refused.js';

/** Who says so and why; both are kept. */
export interface Word {
  readonly reason: string;
  readonly by: string;
}

/** Where a repaired partition goes on. */
export interface Resumed {
  readonly partition: number;
  readonly position: number;
  readonly nextOffset: string | null;
}

interface StoppedRow {
  position: number;
  record_id: string | null;
  status: ConsumerRowStatus;
  stopped: Stop | null;
}

/**
 * Accepts a gap or a fork by name: the partition goes on with the record that was found. What lies between is never
 * applied here; that it is missing, who said so and why, is kept.
 *
 * @throws RepairRefused when the partition is not stopped at a gap or a fork
 */
export async function accept(database: Database, key: ConsumerKey, partition: number, word: Word): Promise<Resumed> {
  return database.transaction(async (sql) => {
    const row = await lockStopped(sql, key, partition);
    const { stopped } = row;
    if (stopped === null || (row.status !== 'gap' && row.status !== 'forked')) {
      throw new RepairRefused('wrong_kind_of_stop', `Only a gap or a fork can be accepted; this is ${row.status}.`);
    }
    const next = goOnWith(row, stopped.found);
    await sql.query(NOTE_ACCEPTED, [
      ...[key.consumer, key.topic, partition, stopped.found.kind === 'unreadable' ? 'foreign' : row.status],
      ...[row.status === 'gap' ? row.position + 1 : next.position + 1, Math.max(next.position, row.position)],
      ...[stopped.found.offset, word.reason, word.by],
    ]);
    return run(sql, key, partition, next);
  });
}

/**
 * Lets a stopped partition try again: after a republish (with the offset that it answered), or when a program is in
 * place that reads what the last one did not, or has no longer the bug that made poison.
 *
 * @throws RepairRefused when the partition is not stopped
 */
export async function resume(
  database: Database,
  key: ConsumerKey,
  partition: number,
  from: { readonly offset: bigint | null },
): Promise<Resumed> {
  return database.transaction(async (sql) => {
    const row = await lockStopped(sql, key, partition);
    const offset = from.offset === null ? null : String(from.offset);
    return run(sql, key, partition, { position: row.position, recordId: row.record_id, offset });
  });
}

/** Where a row goes on after a repair. */
export interface GoOn {
  readonly position: number;
  readonly recordId: string | null;
  /** null: where it was. */
  readonly offset: string | null;
}

/** Where a partition goes on that accepts what was found. */
export function goOnWith(row: { readonly position: number; readonly record_id: string | null }, found: Found): GoOn {
  if (found.kind === 'record') {
    return { position: found.position - 1, recordId: found.predecessorId, offset: found.offset };
  }
  // It has no place in the chain: what comes after it must fit what came before it.
  return { position: row.position, recordId: row.record_id, offset: String(BigInt(found.offset) + 1n) };
}

async function lockStopped(sql: Sql, key: ConsumerKey, partition: number): Promise<StoppedRow> {
  const [row] = await sql.query<StoppedRow>(
    `SELECT position, record_id, status, stopped FROM event_log_consumers
      WHERE consumer = $1 AND topic = $2 AND partition = $3 FOR UPDATE`,
    [key.consumer, key.topic, partition],
  );
  if (row === undefined) {
    throw new RepairRefused('no_such_partition', `${key.consumer} has no partition ${String(partition)}.`);
  }
  if (row.status === 'running') {
    throw new RepairRefused('not_stopped', `Partition ${String(partition)} of ${key.consumer} is not stopped.`);
  }
  return row;
}

/** The new revision tells a consumer that knows the old row to read it again. */
async function run(sql: Sql, key: ConsumerKey, partition: number, next: GoOn): Promise<Resumed> {
  const [row] = await sql.query<{ next_offset: string | null }>(
    `UPDATE event_log_consumers
        SET status = 'running', stopped = NULL, stopped_at = NULL, position = $4, record_id = $5,
            next_offset = coalesce($6::bigint, next_offset), poisons_since = $4, revision = revision + 1
      WHERE consumer = $1 AND topic = $2 AND partition = $3
     RETURNING next_offset::text`,
    [key.consumer, key.topic, partition, next.position, next.recordId, next.offset],
  );
  return { partition, position: next.position, nextOffset: row?.next_offset ?? null };
}

const NOTE_ACCEPTED = `
  INSERT INTO event_log_accepted_gaps
         (consumer, topic, partition, kind, from_position, to_position, topic_offset, reason, accepted_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
