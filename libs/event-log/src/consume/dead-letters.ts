import type { Sql } from '@ponte/service-kit';
import { plainArray } from '../append/array-literal.js';
import { textArray } from '../append/binary-array.js';
import type { ConsumerKey } from './consumer-rows.js';
import type { ErrorFacts } from './error-facts.js';
import type { Step } from './plan.js';

/** A record that is set aside, whole. */
export interface NewDeadLetter {
  readonly step: Step;
  readonly reason: 'poison' | 'parked';
  readonly parkingKeys: readonly string[];
  readonly error: ErrorFacts | null;
}

export async function insertDeadLetters(sql: Sql, key: ConsumerKey, letters: readonly NewDeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  await sql.query(INSERT, [
    key.consumer,
    key.topic,
    plainArray(letters.map(({ step }) => step.record.partition)),
    plainArray(letters.map(({ step }) => step.record.position)),
    plainArray(letters.map(({ step }) => step.record.id)),
    plainArray(letters.map(({ step }) => step.record.offset)),
    textArray(letters.map(({ reason }) => reason)),
    textArray(letters.map(({ step }) => step.record.type)),
    textArray(letters.map(({ step }) => step.record.subject)),
    // Arrays of arrays must be rectangular in Postgres, so each list travels as JSON.
    textArray(letters.map(({ parkingKeys }) => JSON.stringify(parkingKeys))),
    textArray(letters.map(({ error }) => (error === null ? null : JSON.stringify(error)))),
    textArray(letters.map(({ step }) => step.incoming.key)),
    textArray(letters.map(({ step }) => JSON.stringify(step.incoming.headers))),
    letters.map(({ step }) => step.incoming.value),
  ]);
}

const INSERT = `
  INSERT INTO event_log_dead_letters (consumer, topic, partition, position, record_id, topic_offset, reason, type,
                                      subject, parking_keys, error, record_key, headers, value)
  SELECT $1, $2, n.partition, n.position, n.record_id, n.topic_offset, n.reason, n.type, n.subject,
         ARRAY (SELECT jsonb_array_elements_text(n.parking_keys::jsonb)), n.error::jsonb, n.record_key,
         n.headers::jsonb, n.value
    FROM unnest($3::int[], $4::bigint[], $5::uuid[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[],
                $11::text[], $12::text[], $13::text[], $14::bytea[])
         AS n (partition, position, record_id, topic_offset, reason, type, subject, parking_keys, error, record_key,
               headers, value)`;

/** A key that something unresolved of a partition waits under. */
export interface BlockedKey {
  readonly partition: number;
  readonly key: string;
}

/** Which of these keys an unresolved dead letter of these partitions has. Index: event_log_dead_letters_unresolved. */
export async function blockedKeys(
  sql: Sql,
  key: ConsumerKey,
  partitions: readonly number[],
  keys: readonly string[],
): Promise<BlockedKey[]> {
  if (keys.length === 0) return [];
  return sql.query<BlockedKey>(
    `SELECT DISTINCT d.partition, k.key
       FROM event_log_dead_letters d CROSS JOIN unnest(d.parking_keys) AS k (key)
      WHERE d.parking_keys && $4::text[] AND d.resolved_at IS NULL AND d.consumer = $1 AND d.topic = $2
        AND d.partition = ANY ($3) AND k.key = ANY ($4::text[])`,
    [key.consumer, key.topic, plainArray(partitions), textArray(keys)],
  );
}

/** How many poisons lie at positions after this one. Index: event_log_dead_letters_record. */
export async function countPoisons(sql: Sql, key: ConsumerKey, partition: number, after: number): Promise<number> {
  const [row] = await sql.query<{ poisons: number }>(
    `SELECT count(*) AS poisons FROM event_log_dead_letters
      WHERE consumer = $1 AND topic = $2 AND partition = $3 AND position > $4 AND reason = 'poison'`,
    [key.consumer, key.topic, partition, after],
  );
  return row?.poisons ?? 0;
}
