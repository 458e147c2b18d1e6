import { InboundReceivedV1, type Warning } from '@ponte/contracts';
import { sqlStateOf, type Database, type Sql } from '@ponte/service-kit';
import { recordTooLarge, unstorable } from './answers.js';
import { heldInOrder } from './sql/held-in-order.sql.js';

/** A held request that cannot be published, and why. */
export interface SetAside {
  requestId: string;
  integrationId: string;
  /** As the history says it: `record_too_large` or `unstorable`. */
  reason: string;
  sqlState: string | undefined;
}

export interface DrainOptions {
  database: Database;
  partition: number;
  maxRows: number;
  /** Bytes of data in one batch; a larger row goes alone. */
  maxBytes: number;
  /** Bytes that the data of a record may have: said where a row has more. */
  maxDataBytes: number;
  /** Told after each committed batch. */
  onPublished(count: number): void;
  onSetAside(row: SetAside): void;
  /** Whether one more row may be set aside for this error; where it may not, the error comes out. */
  maySetAside(error: unknown): boolean;
  signal: AbortSignal;
}

/** What `event_log_append` raises for a record that is too large: it is about that row beyond doubt. */
const RECORD_TOO_LARGE = 'EL002';

/**
 * Whether an error is about the data of a row: too large a record, a data exception (22), a broken constraint (23), a
 * limit of Postgres (54). Anything else, such as a column that is missing, is a mistake of ours or the surroundings'.
 */
function blamesRow(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && (state === RECORD_TOO_LARGE || /^(22|23|54)/.test(state));
}

/** Whether an error can be about nothing but its row. */
export function isSurelyItsRow(error: unknown): boolean {
  return sqlStateOf(error) === RECORD_TOO_LARGE;
}

/**
 * Publishes up to `maxRows` of what a partition holds and may go on. A batch that fails on its data is halved until the
 * culprit stands alone; it is set aside as failed, and what follows it goes on.
 *
 * @returns how many rows are out of the way; 0: nothing is left to do
 * @throws errors that are not about a row, and those that `maySetAside` says no to
 */
export async function drainPartition(options: DrainOptions): Promise<number> {
  const drain = async (rows: number): Promise<number> => {
    if (options.signal.aborted || rows === 0) return 0;
    try {
      const count = await publish(options.database, options, rows);
      if (count > 0) options.onPublished(count);
      return count;
    } catch (error) {
      if (!blamesRow(error)) throw error;
    }
    if (rows === 1) return drainFirst(options);
    const half = Math.ceil(rows / 2);
    const before = await drain(half);
    return before === 0 ? 0 : before + (await drain(rows - half));
  };
  return drain(options.maxRows);
}

async function publish(sql: Sql, { partition, maxBytes }: DrainOptions, maxRows: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>('select ingress_drain($1, $2, $3, $4) as count', [
    InboundReceivedV1.type,
    partition,
    maxRows,
    maxBytes,
  ]);
  return row?.count ?? 0;
}

/**
 * Publishes the first row or sets it aside. Under the lock on the head from the try to the verdict: another instance
 * may have dealt with the culprit meanwhile, and an innocent row be the first now.
 */
async function drainFirst(options: DrainOptions): Promise<number> {
  const { database, partition } = options;
  const result = await database.transaction(async (sql) => {
    await sql.query('select from event_log_heads where partition = $1 for update', [partition]);
    await sql.query('savepoint untried');
    try {
      return await publish(sql, options, 1);
    } catch (error) {
      if (!blamesRow(error) || !options.maySetAside(error)) throw error;
      await sql.query('rollback to savepoint untried');
      return setAside(sql, options, error);
    }
  });
  if (typeof result !== 'number') {
    options.onSetAside(result);
    return 1;
  }
  if (result > 0) options.onPublished(result);
  return result;
}

/** Keeps the row with its data, out of the way, and says in the history what became of each of its items. */
const setFirstAside = /* sql */ `
  with first as (${heldInOrder('$1', '1')}
  ), aside as (
    update inbound_held h set reason = 'failed'
      from first f where h.partition = $1 and h.sequence = f.sequence
    returning h.workspace_id, h.integration_id, h.request_id
  ), failed as (
    update inbound_requests r set state = 'failed'
      from aside a where r.workspace_id = a.workspace_id and r.id = a.request_id
    returning r.id, r.workspace_id, r.integration_id, r.items
  ), told as (
    insert into inbound_outcomes (request_id, item, workspace_id, integration_id, outcome, reason, warnings, applied_at)
    select f.id, item, f.workspace_id, f.integration_id, 'failed', $2, $3, now()
      from failed f cross join generate_series(0, greatest(f.items, 1) - 1) item
  )
  select request_id, integration_id from aside
`;

async function setAside(sql: Sql, options: DrainOptions, error: unknown): Promise<SetAside> {
  const { code, detail } = isSurelyItsRow(error) ? recordTooLarge(options.maxDataBytes) : unstorable;
  const warning: Warning = { field: '*', code, detail: detail ?? '' };
  const [row] = await sql.query<{ request_id: string; integration_id: string }>(setFirstAside, [
    options.partition,
    code,
    JSON.stringify([warning]),
  ]);
  if (row === undefined) throw new Error('the row that failed is not there', { cause: error });
  return { requestId: row.request_id, integrationId: row.integration_id, reason: code, sqlState: sqlStateOf(error) };
}
