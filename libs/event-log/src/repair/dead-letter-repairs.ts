import { isInfrastructureError, type Database, type Sql, type Transaction } from '@ponte/service-kit';
import { plainArray } from '../append/array-literal.js';
import { lockHeads } from '../append/append.js';
import { isAppendsHeld } from '../append/append-errors.js';
import type { ConsumerKey } from '../consume/consumer-rows.js';
import { fromKafka, isUnreadable } from '../headers.js';
import type { ReceivedRecord } from '../record.js';
import { chooseRetry } from './choose-retry.js';
import { RepairRefused } from './refused.js';
import type { Word } from './stopped-partitions.js';

/** Unresolved letters of a partition that are looked at for what waits behind one; more than are ever sensible. */
const MOST_LETTERS = 10_000;

/** How a consumer applies what is retried. */
export interface Redo {
  readonly allowed: boolean;
  readonly locksHeads: boolean;
  apply(sql: Transaction, records: readonly ReceivedRecord[]): Promise<void>;
  describe(error: unknown): string | null;
}

interface LetterRow {
  id: number;
  partition: number;
  position: number;
  topic_offset: string;
  parking_keys: string[];
  resolved_at: Date | null;
  record_key: string | null;
  headers: Record<string, string>;
  value: Buffer | null;
}

/**
 * Applies a dead letter after all, with what is parked behind it, in order and in one transaction.
 *
 * @returns how many records were applied
 * @throws RepairRefused
 */
export async function retryDeadLetter(
  database: Database,
  key: ConsumerKey,
  redo: Redo,
  id: number,
  by: string,
): Promise<number> {
  if (!redo.allowed) {
    throw new RepairRefused('redo_is_never_allowed', `${key.consumer} never applies records out of their order.`);
  }
  const { partition } = await findUnresolved(database, key, id);
  try {
    return await database.transaction((sql) => retryIn(sql, key, redo, { id, partition, by }));
  } catch (error) {
    if (error instanceof RepairRefused || isInfrastructureError(error) || isAppendsHeld(error)) throw error;
    const what = redo.describe(error) ?? (error instanceof Error ? error.name : 'an error');
    throw new RepairRefused('failed_again', `It can't be applied yet: ${what}.`);
  }
}

async function retryIn(
  sql: Transaction,
  key: ConsumerKey,
  redo: Redo,
  { id, partition, by }: { id: number; partition: number; by: string },
): Promise<number> {
  await lockRow(sql, key, partition);
  if (redo.locksHeads) await lockHeads(sql, [partition]);
  const order = await sql.query<{ id: number; position: number; keys: string[] }>(
    `SELECT id, position, parking_keys AS keys FROM event_log_dead_letters
      WHERE consumer = $1 AND topic = $2 AND partition = $3 AND resolved_at IS NULL ORDER BY position, id LIMIT $4`,
    [key.consumer, key.topic, partition, MOST_LETTERS],
  );
  if (!order.some((letter) => letter.id === id)) throw resolvedAlready(id);
  const choice = chooseRetry(order, id);
  if (choice.kind === 'blocked') {
    throw new RepairRefused('blocked', `It waits behind dead letter ${String(choice.by)}: settle that one first.`);
  }
  const letters = await sql.query<LetterRow>(
    `SELECT *, topic_offset::text FROM event_log_dead_letters WHERE id = ANY ($1) ORDER BY position, id`,
    [plainArray(choice.ids)],
  );
  await redo.apply(sql, letters.map(recordOf));
  await resolve(sql, key, partition, choice.ids, 'retried', { by, reason: 'retried' });
  return letters.length;
}

/**
 * Gives a dead letter up. What is parked behind it stays, and can be retried then.
 *
 * @throws RepairRefused
 */
export async function dismissDeadLetter(database: Database, key: ConsumerKey, id: number, word: Word): Promise<void> {
  const { partition } = await findUnresolved(database, key, id);
  await database.transaction(async (sql) => {
    await lockRow(sql, key, partition);
    await resolve(sql, key, partition, [id], 'dismissed', word);
  });
}

async function findUnresolved(database: Database, key: ConsumerKey, id: number): Promise<{ partition: number }> {
  const [letter] = await database.query<{ partition: number; resolved_at: Date | null }>(
    'SELECT partition, resolved_at FROM event_log_dead_letters WHERE id = $1 AND consumer = $2 AND topic = $3',
    [id, key.consumer, key.topic],
  );
  if (letter === undefined) {
    throw new RepairRefused('no_such_dead_letter', `${key.consumer} has no dead letter ${String(id)}.`);
  }
  if (letter.resolved_at !== null) throw resolvedAlready(id);
  return letter;
}

function resolvedAlready(id: number): RepairRefused {
  return new RepairRefused('already_resolved', `Dead letter ${String(id)} is resolved already.`);
}

async function lockRow(sql: Sql, key: ConsumerKey, partition: number): Promise<void> {
  await sql.query('SELECT FROM event_log_consumers WHERE consumer = $1 AND topic = $2 AND partition = $3 FOR UPDATE', [
    key.consumer,
    key.topic,
    partition,
  ]);
}

/** The new revision tells the consumer that fewer keys are blocked now. */
async function resolve(
  sql: Sql,
  key: ConsumerKey,
  partition: number,
  ids: readonly number[],
  resolution: 'retried' | 'dismissed',
  word: Word,
): Promise<void> {
  const resolved = await sql.query(
    `UPDATE event_log_dead_letters SET resolved_at = now(), resolution = $2, resolved_by = $3, resolved_reason = $4
      WHERE id = ANY ($1) AND resolved_at IS NULL RETURNING id`,
    [plainArray(ids), resolution, word.by, word.reason],
  );
  if (resolved.length !== ids.length) throw resolvedAlready(ids[0] ?? 0);
  await sql.query(
    `UPDATE event_log_consumers SET parked = parked - $4, revision = revision + 1
      WHERE consumer = $1 AND topic = $2 AND partition = $3`,
    [key.consumer, key.topic, partition, ids.length],
  );
}

function recordOf(row: LetterRow): ReceivedRecord {
  const read = fromKafka({
    partition: row.partition,
    offset: BigInt(row.topic_offset),
    key: row.record_key,
    headers: row.headers,
    value: row.value,
    timestampMs: 0,
  });
  if (isUnreadable(read)) throw new Error(`Dead letter ${String(row.id)} lost its header ${read.header}`);
  return read;
}
