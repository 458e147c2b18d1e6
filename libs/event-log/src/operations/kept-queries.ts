import type { Database, Page } from '@ponte/service-kit';
import { newestFirst, type PageById } from '../newest-first.js';

/** A record that was set aside, as an operator sees it. */
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
  readonly resolution: 'retried' | 'dismissed' | null;
  readonly resolvedBy: string | null;
  readonly resolvedReason: string | null;
  /** As it was received. Only where it was asked for: its value may hold personal data. */
  readonly record?: {
    readonly key: string | null;
    readonly headers: Readonly<Record<string, string>>;
    readonly value: string | null;
  };
}

/** What was skipped on somebody's word, and on whose. */
export interface AcceptedGapView {
  readonly id: number;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly kind: 'trimmed' | 'gap' | 'forked' | 'foreign';
  readonly fromPosition: number;
  readonly toPosition: number;
  readonly offset: number;
  readonly reason: string;
  readonly acceptedBy: string;
  readonly acceptedAt: Date;
}

export interface DeadLetterFilter extends PageById {
  readonly consumer: string | undefined;
  readonly resolved: boolean;
  readonly values: boolean;
}

interface LetterRow extends Omit<DeadLetterView, 'record'> {
  key: string | null;
  headers: Readonly<Record<string, string>>;
  value: Buffer | null;
}

/** With values, a page holds no more: each may be as large as a record can be. */
const MOST_VALUES = 20;

const LETTER = `id, consumer, topic, partition, position, topic_offset AS "offset", record_id AS "recordId", reason, type,
  subject, parking_keys AS "parkingKeys", error, created_at AS "createdAt", resolved_at AS "resolvedAt", resolution,
  resolved_by AS "resolvedBy", resolved_reason AS "resolvedReason"`;
const WHOLE_LETTER = `${LETTER}, record_key AS key, headers, value`;

/** Newest first. */
export async function listDeadLetters(database: Database, filter: DeadLetterFilter): Promise<Page<DeadLetterView>> {
  const { consumer, resolved, values, after } = filter;
  const limit = values ? Math.min(filter.limit, MOST_VALUES) : filter.limit;
  const page = await newestFirst<LetterRow>(
    database,
    {
      select: `SELECT ${values ? WHOLE_LETTER : LETTER} FROM event_log_dead_letters`,
      where: '($1::text IS NULL OR consumer = $1) AND (resolved_at IS NOT NULL) = $2',
      values: [consumer ?? null, resolved],
    },
    { limit, after },
  );
  return values ? { ...page, items: page.items.map(withRecord) } : page;
}

export async function readDeadLetter(
  database: Database,
  id: number,
  values: boolean,
): Promise<DeadLetterView | undefined> {
  const [row] = await database.query<LetterRow>(
    `SELECT ${values ? WHOLE_LETTER : LETTER} FROM event_log_dead_letters WHERE id = $1`,
    [id],
  );
  return row === undefined || !values ? row : withRecord(row);
}

/** Everything that a log sends is text. */
function withRecord({ key, headers, value, ...letter }: LetterRow): DeadLetterView {
  return { ...letter, record: { key, headers, value: value === null ? null : value.toString('utf8') } };
}

/** Newest first. */
export function listAcceptedGaps(database: Database, page: PageById): Promise<Page<AcceptedGapView>> {
  return newestFirst<AcceptedGapView>(database, { select: SELECT_GAPS }, page);
}

const SELECT_GAPS = `
  SELECT id, consumer, topic, partition, kind, from_position AS "fromPosition", to_position AS "toPosition",
         topic_offset AS "offset", reason, accepted_by AS "acceptedBy", accepted_at AS "acceptedAt"
    FROM event_log_accepted_gaps`;
