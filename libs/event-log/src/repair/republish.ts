import type { Database } from '@ponte/service-kit';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATE_CHANNEL } from '../checks/append-gate.js';

export interface RepublishAnswer {
  readonly partition: number;
  readonly fromPosition: number;
  /** Where the topic partition ended before: stopped consumers are resumed here. */
  readonly topicEnd: bigint;
}

export class RepublishRefused extends Error {
  override readonly name = 'RepublishRefused';

  constructor(
    readonly kind: 'no_such_partition' | 'no_such_position' | 'not_done_yet',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Asks for a republish and waits until the relay has done it. The request begins a new epoch, so the relay that runs now
 * ends its session, with nothing of it in flight, before the end of the topic is noted.
 *
 * @throws RepublishRefused
 */
export async function republish(
  database: Database,
  partition: number,
  fromPosition: number,
  timeoutMs: number,
): Promise<RepublishAnswer> {
  const [row] = await database.query<{ head: number; known: boolean }>(CAN, [partition, fromPosition]);
  if (row === undefined) throw new RepublishRefused('no_such_partition', `There is no partition ${String(partition)}`);
  if (!row.known) {
    throw new RepublishRefused(
      'no_such_position',
      `Partition ${String(partition)} can't be sent from position ${String(fromPosition)}: its log ends at ` +
        `${String(row.head)}, or begins later.`,
    );
  }
  await database.query(ASK, [partition, fromPosition]);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const [done] = await database.query<{ topic_end: string | null }>(DONE, [partition]);
    const topicEnd = done?.topic_end ?? null;
    if (topicEnd !== null) return { partition, fromPosition, topicEnd: BigInt(topicEnd) };
    if (performance.now() > deadline) {
      throw new RepublishRefused(
        'not_done_yet',
        'No relay has done it in time. It does as soon as it reaches Kafka, unless the topic has what the log does not know: ' +
          'then the reason of the check says so.',
      );
    }
    await sleep(50);
  }
}

/** The first record sent must have a predecessor in the log, unless it is the first of all. */
const CAN = `
  SELECT h.position AS head,
         $2::bigint >= 1 AND $2 <= h.position + 1
           AND ($2 > h.position OR EXISTS (SELECT FROM event_log l WHERE l.partition = $1 AND l.position = $2))
           AND ($2 = 1 OR EXISTS (SELECT FROM event_log l WHERE l.partition = $1 AND l.position = $2 - 1)) AS known
    FROM event_log_heads h WHERE h.partition = $1`;

const ASK = `
  WITH fenced AS (
    UPDATE event_log_relay SET epoch = epoch + 1 RETURNING epoch
  ), locked AS MATERIALIZED (
    SELECT c.partition, f.epoch FROM event_log_checkpoints c, fenced f ORDER BY c.partition FOR UPDATE OF c
  ), asked AS (
    UPDATE event_log_checkpoints c
       SET epoch = l.epoch,
           republish_from = CASE WHEN c.partition = $1 THEN $2 ELSE c.republish_from END,
           republish_offset = CASE WHEN c.partition = $1 THEN NULL ELSE c.republish_offset END
      FROM locked l WHERE c.partition = l.partition
  )
  SELECT pg_notify('${STATE_CHANNEL}', '')`;

const DONE = `
  SELECT republish_offset::text AS topic_end FROM event_log_checkpoints WHERE partition = $1 AND republish_from IS NULL`;
