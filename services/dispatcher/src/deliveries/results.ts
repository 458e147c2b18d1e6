import type { AppendArguments } from '@ponte/event-log';
import { sqlStateOf, type Sql } from '@ponte/service-kit';
import { errorCodeOf, type Attempt } from './attempt.js';
import type { ClaimedDelivery, DeliveryId } from './delivery.js';
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
  /**
   * What tells of these ends: the arguments of the SQL function `event_log_append`, in its order.
   *
   * @throws AppendsHeld
   */
  append(finished: readonly FinishedDelivery[], finishedAt: Date): AppendArguments;
  /** After the commit. */
  committed(finished: readonly FinishedDelivery[]): void;
}

export interface RecordedResults {
  /** Those that were recorded; the others were no longer this instance's: their lease had been lost. */
  readonly recorded: ReadonlySet<DeliveryId>;
  /** Integrations in which another delivery's turn has come. */
  readonly due: readonly string[];
}

/** The arguments of `event_log_append` where there is nothing to tell. */
const NOTHING_TO_TELL: AppendArguments = Array.from({ length: 11 }, () => '{}');

/**
 * Records attempts and what follows from them, in one round trip and transaction (see the migration's
 * `record_results`). What is no longer this instance's is left out: then it asks again with the rest, which is
 * refused inside a transaction.
 */
export async function recordResults(
  sql: Sql,
  log: OutcomeLog,
  results: readonly DeliveryResult[],
  now: Date,
): Promise<RecordedResults> {
  let ours = results;
  while (ours.length > 0) {
    const finished = ours.filter(isFinished);
    const told = finished.length === 0 ? NOTHING_TO_TELL : log.append(finished, now);
    try {
      const [answer] = await sql.query<{ due: string[] }>(callRecord, [rowsOf(ours), ...told]);
      if (answer === undefined) throw new Error('record_results answered nothing');
      if (finished.length > 0) log.committed(finished);
      return { recorded: new Set(ours.map((one) => one.delivery.id)), due: answer.due };
    } catch (error) {
      if (sqlStateOf(error) !== NO_LONGER_CLAIMED) throw error;
      const still = new Set((await sql.query<{ id: string }>(selectOurs, [rowsOf(ours)])).map(({ id }) => id));
      const left = ours.filter((one) => still.has(one.delivery.id));
      if (left.length === ours.length) throw error;
      ours = left;
    }
  }
  return { recorded: new Set(), due: [] };
}

/** In the order in which everyone locks deliveries. */
function rowsOf(results: readonly DeliveryResult[]): string {
  return JSON.stringify(results.map(toRow).sort((a, b) => (a.id < b.id ? -1 : 1)));
}

const NO_LONGER_CLAIMED = 'DL001';

/**
 * One look into the primary key for each. A join may read the whole table, and a condition on the status the whole index
 * deliveries_lane, which looks cheaper where statistics know of nothing that is pending; `finished_at` says the same.
 */
const selectOurs = `
  SELECT ours.id
    FROM json_to_recordset($1::json) AS r (id uuid, claimed_by uuid, number integer)
   CROSS JOIN LATERAL (
     SELECT d.id FROM deliveries d
      WHERE d.id = r.id AND d.claimed_by = r.claimed_by AND d.attempts = r.number - 1 AND d.finished_at IS NULL
      LIMIT 1) ours`;

const callRecord = 'SELECT record_results($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS due';

function isFinished(result: DeliveryResult): result is FinishedDelivery {
  return result.next.kind !== 'retry';
}

function toRow({ delivery, attempt, next }: DeliveryResult) {
  return {
    id: delivery.id,
    claimed_by: delivery.claimedBy,
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
