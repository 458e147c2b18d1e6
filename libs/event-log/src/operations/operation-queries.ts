import { pageOf, type CursorKeys, type Database, type Page } from '@ponte/service-kit';

/** What an operator looks at. Everything here is of the whole installation, and without values unless asked for one. */

export interface CheckView {
  readonly state: string;
  readonly reason: string | null;
  readonly findings: unknown;
  readonly checkedAt: Date | null;
}

export interface ConsumerView {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  readonly nextOffset: number | null;
  readonly status: string;
  readonly stopped: unknown;
  readonly stoppedAt: Date | null;
  readonly deadLetters: number;
  readonly movedAt: Date;
}

export interface DeadLetterView {
  readonly id: number;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  readonly offset: number;
  readonly recordId: string;
  readonly reason: 'poison' | 'parked';
  readonly type: string;
  readonly subject: string;
  readonly parkingKeys: readonly string[];
  readonly error: unknown;
  readonly createdAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolution: string | null;
  readonly resolvedBy: string | null;
  readonly resolvedReason: string | null;
}

export interface DeadLetterDetail extends DeadLetterView {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer | null;
}

export interface AcceptedGapView {
  readonly id: number;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly kind: string;
  readonly fromPosition: number;
  readonly toPosition: number;
  readonly offset: number;
  readonly reason: string;
  readonly acceptedBy: string;
  readonly acceptedAt: Date;
}

export interface DeadLetterFilter {
  readonly consumer: string | undefined;
  readonly resolved: boolean;
  readonly limit: number;
  /** Id of the last one of the page before. */
  readonly after: number | null;
}

export async function readCheck(database: Database): Promise<CheckView | undefined> {
  const [row] = await database.query<CheckView>(
    `SELECT state, reason, detail AS findings, checked_at AS "checkedAt" FROM event_log_checks`,
  );
  return row;
}

export async function listConsumers(database: Database): Promise<ConsumerView[]> {
  return database.query<ConsumerView>(
    `SELECT consumer, topic, partition, position, next_offset AS "nextOffset", status, stopped,
            stopped_at AS "stoppedAt", parked AS "deadLetters", moved_at AS "movedAt"
       FROM event_log_consumers ORDER BY consumer, topic, partition`,
  );
}

const LETTER = `id, consumer, topic, partition, position, topic_offset AS "offset", record_id AS "recordId", reason, type,
  subject, parking_keys AS "parkingKeys", error, created_at AS "createdAt", resolved_at AS "resolvedAt", resolution,
  resolved_by AS "resolvedBy", resolved_reason AS "resolvedReason"`;

/** Newest first. Index: the primary key, walked backwards. */
export async function listDeadLetters(database: Database, filter: DeadLetterFilter): Promise<Page<DeadLetterView>> {
  const rows = await database.query<DeadLetterView>(
    `SELECT ${LETTER} FROM event_log_dead_letters
      WHERE ($1::text IS NULL OR consumer = $1) AND (resolved_at IS NOT NULL) = $2 AND ($3::bigint IS NULL OR id < $3)
      ORDER BY id DESC LIMIT $4`,
    [filter.consumer ?? null, filter.resolved, filter.after, filter.limit + 1],
  );
  return pageOf(rows, filter.limit, keyOf, (row) => row);
}

export async function readDeadLetter(database: Database, id: number): Promise<DeadLetterDetail | undefined> {
  const [row] = await database.query<DeadLetterDetail>(
    `SELECT ${LETTER}, record_key AS key, headers, value FROM event_log_dead_letters WHERE id = $1`,
    [id],
  );
  return row;
}

export async function listAcceptedGaps(
  database: Database,
  page: { readonly limit: number; readonly after: number | null },
): Promise<Page<AcceptedGapView>> {
  const rows = await database.query<AcceptedGapView>(
    `SELECT id, consumer, topic, partition, kind, from_position AS "fromPosition", to_position AS "toPosition",
            topic_offset AS "offset", reason, accepted_by AS "acceptedBy", accepted_at AS "acceptedAt"
       FROM event_log_accepted_gaps WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
    [page.after, page.limit + 1],
  );
  return pageOf(rows, page.limit, keyOf, (row) => row);
}

function keyOf(row: { readonly id: number }): CursorKeys {
  return [row.id];
}
