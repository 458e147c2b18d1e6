import type { PartitionOffsets } from '@ponte/kafka';
import type { Database } from '@ponte/service-kit';
import { plainArray } from '../append/array-literal.js';
import type { CheckReport } from '../checks/check-report.js';
import { STATE_CHANNEL } from '../checks/append-gate.js';
import type { BatchEnd } from './batch-ends.js';
import { Fenced } from './lease.js';

/**
 * Notes what is in the topic.
 *
 * @throws Fenced when another epoch has begun, or the log does not have these records: the database went back behind a
 *   pooler, and nobody has told this relay yet
 */
export async function moveCheckpoints(database: Database, epoch: number, sent: readonly BatchEnd[]): Promise<void> {
  const [answer] = await database.query<{ moved: number }>(MOVE, [
    epoch,
    plainArray(sent.map((checkpoint) => checkpoint.partition)),
    plainArray(sent.map((checkpoint) => checkpoint.position)),
    plainArray(sent.map((checkpoint) => checkpoint.recordId)),
    plainArray(sent.map((checkpoint) => checkpoint.offset)),
  ]);
  if (answer?.moved !== sent.length) throw new Fenced();
}

/** Index: the primary key of event_log, which is never trimmed past a checkpoint. */
const MOVE = `
  SELECT CASE WHEN cardinality($2::int[]) = (
                SELECT count(*) FROM unnest($2::int[], $3::bigint[], $4::uuid[]) AS n (partition, position, record_id)
                  JOIN event_log l USING (partition, position, record_id))
              THEN event_log_checkpoint($1, $2, $3, $4, $5) ELSE 0 END AS moved`;

/**
 * Sets checkpoints back that are to be republished, noting where the topic ended before.
 *
 * @throws Fenced when another epoch has begun
 */
export async function setBackCheckpoints(
  database: Database,
  epoch: number,
  asked: readonly { readonly partition: number }[],
  ends: ReadonlyMap<number, PartitionOffsets>,
): Promise<void> {
  const done = await database.query(SET_BACK, [
    epoch,
    plainArray(asked.map(({ partition }) => partition)),
    plainArray(asked.map(({ partition }) => ends.get(partition)?.high ?? 0n)),
  ]);
  if (done.length !== asked.length) throw new Fenced();
}

/** Back and never forward: what lies between would never be sent. */
const SET_BACK = `
  UPDATE event_log_checkpoints c
     SET position = least(c.position, c.republish_from - 1),
         record_id = (SELECT l.record_id FROM event_log l
                       WHERE l.partition = c.partition AND l.position = least(c.position, c.republish_from - 1)),
         topic_offset = n.high, anchored = false, republish_offset = n.high, republish_from = NULL
    FROM unnest($2::int[], $3::bigint[]) AS n (partition, high)
   WHERE c.partition = n.partition AND c.epoch = $1 AND c.republish_from IS NOT NULL
  RETURNING c.partition`;

/** Where and when a check began: its answer names the same. */
export interface CheckBegin {
  readonly requested: number;
  /** Start of the run of Postgres. */
  readonly server: string;
}

export async function beginCheck(database: Database): Promise<CheckBegin> {
  const [row] = await database.query<CheckBegin>(
    'SELECT requested, pg_postmaster_start_time()::text AS server FROM event_log_checks',
  );
  if (row === undefined) throw new Fenced();
  return row;
}

/**
 * Writes the outcome of a check down, for all instances and for whoever comes after this process.
 *
 * @throws Fenced when another epoch has begun, or when the database is not the one in which the check began: a restore
 *   takes back the count of requests or the epoch, and a failover leads to another run of Postgres, which a pooler hides
 */
export async function answerCheck(
  database: Database,
  epoch: number,
  begin: CheckBegin,
  report: CheckReport,
): Promise<void> {
  const answered = await database.query(ANSWER, [
    epoch,
    begin.requested,
    report.state,
    report.reason,
    JSON.stringify(report.findings),
    begin.server,
  ]);
  if (answered.length === 0) throw new Fenced();
}

const ANSWER = `
  WITH answered AS (
    UPDATE event_log_checks c
       SET answered = $2, state = $3, reason = $4, detail = $5::jsonb, checked_at = clock_timestamp(),
           server_started_at = pg_postmaster_start_time()
     WHERE c.requested >= $2 AND pg_postmaster_start_time() = $6::timestamptz AND EXISTS (SELECT FROM event_log_relay r WHERE r.epoch = $1)
    RETURNING c.answered
  )
  SELECT answered, pg_notify('${STATE_CHANNEL}', '') FROM answered`;
