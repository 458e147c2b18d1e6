import type { Database, Sql } from '@ponte/service-kit';
import { errorCodeOf, type Attempt } from './attempt.js';
import type { ClaimedDelivery, DeliveryId } from './delivery.js';
import { giveTurns } from './lanes.js';
import type { NextStep } from './next-step.js';

/** An attempt that was made, and what follows from it. */
export interface DeliveryResult {
  readonly delivery: ClaimedDelivery;
  readonly attempt: Attempt;
  readonly next: NextStep;
}

/** A delivery that is over, as it is told to the world. */
export type FinishedDelivery = DeliveryResult & { readonly next: Exclude<NextStep, { kind: 'retry' }> };

/** The log that the ends of deliveries are told to. */
export interface OutcomeLog {
  /** Takes the log's locks. Comes first: everyone locks the log's heads before any delivery. */
  lock(sql: Sql, workspaceIds: readonly string[]): Promise<void>;
  append(sql: Sql, finished: readonly FinishedDelivery[], finishedAt: Date): Promise<void>;
  /** After the commit. */
  committed(): void;
}

export interface RecordedResults {
  /** Those that were recorded; the others were no longer this instance's: their lease had been lost. */
  readonly recorded: ReadonlySet<DeliveryId>;
  /** Integrations in which another delivery's turn has come. */
  readonly due: ReadonlySet<string>;
}

/**
 * Records attempts and what follows from them, in one transaction: outcomes to the log, attempts to the history, the
 * rows' next state, the turn to the next of each finished lane.
 *
 * Recorded is only what is still claimed as it was when it was tried (same claim, same number of attempts), so it is
 * safe to call again when the answer to the commit was lost.
 */
export async function recordResults(
  database: Database,
  log: OutcomeLog,
  results: readonly DeliveryResult[],
  now: Date,
): Promise<RecordedResults> {
  const finished = results.filter(isFinished);
  const recorded = await database.transaction(async (sql) => {
    if (finished.length > 0) {
      await log.lock(
        sql,
        finished.map((one) => one.delivery.workspaceId),
      );
    }
    const ours = await lockOurs(sql, results);
    const ourFinished = finished.filter((one) => ours.has(one.delivery.id));
    if (ourFinished.length > 0) await log.append(sql, ourFinished, now);
    await writeOutcomes(
      sql,
      results.filter((one) => ours.has(one.delivery.id)),
    );
    const due = await giveTurns(
      sql,
      ourFinished.map((one) => one.delivery),
    );
    return { recorded: ours, due };
  });
  if (finished.length > 0) log.committed();
  return recorded;
}

function isFinished(result: DeliveryResult): result is FinishedDelivery {
  return result.next.kind !== 'retry';
}

async function lockOurs(sql: Sql, results: readonly DeliveryResult[]): Promise<ReadonlySet<DeliveryId>> {
  const rows = await sql.query<{ id: DeliveryId }>(lockClaimed, [
    results.map((one) => one.delivery.id),
    results.map((one) => one.delivery.claimedBy),
    results.map((one) => one.delivery.attempts),
  ]);
  return new Set(rows.map((row) => row.id));
}

const lockClaimed = `
  SELECT d.id
    FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS mine (id, claimed_by, attempts)
    JOIN deliveries d ON d.id = mine.id
   WHERE d.claimed_by = mine.claimed_by AND d.attempts = mine.attempts AND d.status = 'pending'
   ORDER BY d.id
     FOR UPDATE OF d`;

async function writeOutcomes(sql: Sql, results: readonly DeliveryResult[]): Promise<void> {
  if (results.length === 0) return;
  await sql.query(writeRows, [JSON.stringify(results.map(toRow))]);
}

function toRow({ delivery, attempt, next }: DeliveryResult): Record<string, unknown> {
  return {
    id: delivery.id,
    number: delivery.attempts + 1,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    status_code: attempt.outcome.kind === 'answered' ? attempt.outcome.statusCode : null,
    error_code: errorCodeOf(attempt.outcome),
    response_body: attempt.responseBody,
    status: next.kind === 'retry' ? 'pending' : next.kind,
    reason: next.kind === 'failed' ? next.reason : null,
    delay_ms: next.kind === 'retry' ? next.delayMs : 0,
  };
}

const writeRows = `
  WITH result AS (
    SELECT * FROM json_to_recordset($1::json) AS r (
      id uuid, number int, started_at timestamptz, duration_ms int, status_code int, error_code text,
      response_body text, status text, reason text, delay_ms double precision)
  ), tried AS (
    INSERT INTO delivery_attempts
           (delivery_id, number, started_at, duration_ms, status_code, error_code, response_body)
    SELECT id, number, started_at, duration_ms, status_code, error_code, response_body FROM result
  )
  UPDATE deliveries d
     SET status = r.status, reason = r.reason, attempts = r.number, claimed_by = NULL,
         last_status_code = r.status_code,
         due_at = clock_timestamp() + r.delay_ms * interval '1 millisecond',
         finished_at = CASE WHEN r.status <> 'pending' THEN clock_timestamp() END
    FROM result r WHERE d.id = r.id`;
