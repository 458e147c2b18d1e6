import { sqlStateOf, type Sql } from '@ponte/service-kit';
import type { LogRecord, NewRecord } from '../record.js';
import { AppendsHeld, appendStates } from './append-errors.js';
import { plainArray } from './array-literal.js';
import { textArray } from './binary-array.js';

/**
 * Locks the heads of the partitions in ascending order, until the transaction ends. For whoever must read, after
 * locking, what decides about the records. Locking again in the same transaction costs a round trip and nothing else.
 */
export async function lockHeads(sql: Sql, partitions: Iterable<number>): Promise<void> {
  await sql.query('SELECT FROM event_log_heads WHERE partition = ANY ($1) ORDER BY partition FOR UPDATE', [
    plainArray([...new Set(partitions)]),
  ]);
}

/** Parameters of a statement: arrays as literals, and in their binary form where they are long. */
export type AppendArguments = (string | Buffer)[];

/** The arguments of the SQL function `event_log_append`, in its order; one entry a record. */
export function appendArguments(
  records: readonly NewRecord[],
  partitionOf: (workspaceId: string) => number,
): AppendArguments {
  return [
    plainArray(records.map((record) => partitionOf(record.workspaceId))),
    plainArray(records.map((record) => record.id)),
    textArray(records.map((record) => record.type)),
    textArray(records.map((record) => record.subject)),
    textArray(records.map((record) => record.workspaceId)),
    plainArray(records.map((record) => record.time.toISOString())),
    textArray(records.map((record) => record.correlationId)),
    textArray(records.map((record) => record.causationId)),
    textArray(records.map((record) => record.traceparent)),
    plainArray(records.map((record) => record.hops)),
    textArray(records.map((record) => record.data)),
  ];
}

/**
 * Appends in one round trip. The order given is kept within each partition.
 *
 * @returns the records in their places, in the order given
 * @throws AppendsHeld
 */
export async function appendRecords(
  sql: Sql,
  records: readonly NewRecord[],
  partitionOf: (workspaceId: string) => number,
): Promise<LogRecord[]> {
  if (records.length === 0) return [];
  const rows = await callAppend(sql, appendArguments(records, partitionOf));
  return records.map((record, at) => {
    const row = rows[at];
    if (row === undefined) throw new Error(`event_log_append answered ${String(rows.length)} rows too few`);
    return {
      ...record,
      partition: partitionOf(record.workspaceId),
      position: row.log_position,
      predecessorId: row.predecessor,
    };
  });
}

async function callAppend(
  sql: Sql,
  args: AppendArguments,
): Promise<{ log_position: number; predecessor: string | null }[]> {
  try {
    return await sql.query('SELECT * FROM event_log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)', args);
  } catch (error) {
    if (sqlStateOf(error) !== appendStates.held) throw error;
    const text = error instanceof Error ? error.message.replace(/^appends are held: /, '') : '';
    throw new AppendsHeld(text, { cause: error });
  }
}
