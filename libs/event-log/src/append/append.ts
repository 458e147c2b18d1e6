import { sqlStateOf, type Sql, type Transaction } from '@ponte/service-kit';
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

const APPEND = 'SELECT * FROM event_log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)';

/** What `event_log_append` answers of each record, in their order. */
interface PlaceRow {
  readonly log_position: number;
  readonly predecessor: string | null;
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
  try {
    const rows = await sql.query<PlaceRow>(APPEND, appendArguments(records, partitionOf));
    return inPlaces(records, rows, partitionOf);
  } catch (error) {
    if (sqlStateOf(error) !== appendStates.held) throw error;
    const text = error instanceof Error ? error.message.replace(/^appends are held: /, '') : '';
    throw new AppendsHeld(text, { cause: error });
  }
}

/** As `appendRecords`, without waiting. @param read is told the records in their places (see `Transaction.send`) */
export function sendRecords(
  sql: Transaction,
  records: readonly NewRecord[],
  partitionOf: (workspaceId: string) => number,
  read: (appended: LogRecord[]) => void,
): void {
  if (records.length === 0) return;
  sql.send<PlaceRow>(APPEND, appendArguments(records, partitionOf), (rows) => {
    read(inPlaces(records, rows, partitionOf));
  });
}

function inPlaces(
  records: readonly NewRecord[],
  rows: readonly PlaceRow[],
  partitionOf: (workspaceId: string) => number,
): LogRecord[] {
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
