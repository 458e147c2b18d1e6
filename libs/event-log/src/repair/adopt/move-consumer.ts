import type { Sql } from '@ponte/service-kit';
import { plainArray } from '../../append/array-literal.js';
import type { ConsumerKey } from '../../consume/consumer-rows.js';

/** The last record of a partition whose effects are there. */
export interface Followed {
  readonly partition: number;
  readonly position: number;
  readonly recordId: string;
}

/**
 * Moves a consumer behind records whose effects an adoption has brought back, so that they are not applied again. Where
 * to read stays as it was: what lies between is skipped, as repeats are. A partition that was stopped before them goes
 * on. Rows that are further on already are left alone.
 */
export async function moveConsumer(sql: Sql, key: ConsumerKey, to: readonly Followed[]): Promise<void> {
  if (to.length === 0) return;
  await sql.query(MOVE, [
    ...[key.consumer, key.topic],
    plainArray(to.map((one) => one.partition)),
    plainArray(to.map((one) => one.position)),
    plainArray(to.map((one) => one.recordId)),
  ]);
}

/** The new revision tells a consumer that knows the old row to read it again. */
const MOVE = `
  INSERT INTO event_log_consumers AS c (consumer, topic, partition, position, record_id)
  SELECT $1, $2, n.* FROM unnest($3::int[], $4::bigint[], $5::uuid[]) AS n (partition, position, record_id)
  ON CONFLICT (consumer, topic, partition) DO UPDATE
    SET position = excluded.position, record_id = excluded.record_id, status = 'running', stopped = NULL,
        stopped_at = NULL, try_from = NULL, try_to = NULL, tries = 0, moved_at = now(), revision = c.revision + 1
  WHERE c.position < excluded.position`;

/** From where a consumer reads a partition; null: from the earliest record. */
export async function consumerOffset(sql: Sql, key: ConsumerKey, partition: number): Promise<bigint | null> {
  const [row] = await sql.query<{ next_offset: string | null }>(
    `SELECT next_offset::text FROM event_log_consumers WHERE consumer = $1 AND topic = $2 AND partition = $3`,
    [key.consumer, key.topic, partition],
  );
  const offset = row?.next_offset ?? null;
  return offset === null ? null : BigInt(offset);
}
