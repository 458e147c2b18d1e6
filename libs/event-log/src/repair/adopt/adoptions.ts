import type { Page, Sql } from '@ponte/service-kit';
import { newestFirst, type PageById } from '../../newest-first.js';
import { Fenced } from '../../relay/lease.js';
import type { AdoptionRefused, Loss } from './adopter.js';

/** An adoption, as it is kept. */
export interface AdoptionView {
  readonly id: number;
  readonly reason: string;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly state: 'asked' | 'done' | 'refused';
  readonly finishedAt: Date | null;
  readonly refusal: { readonly kind: string; readonly reason: string } | null;
  /** What the log took back. What was appended after the last of these records, and not relayed, is in no copy. */
  readonly partitions: readonly {
    readonly partition: number;
    readonly fromPosition: number;
    readonly toPosition: number;
    /** Records that finished the last cause, behind those that the topic had. */
    readonly finishedWith: number;
    /** Of the last record that the topic had, RFC 3339. */
    readonly lastTime: string;
  }[];
  /** What the records do not carry. */
  readonly losses: readonly Loss[];
}

const SELECT = `
  SELECT a.id, a.reason, a.asked_by AS "askedBy", a.asked_at AS "askedAt", a.state, a.finished_at AS "finishedAt",
         CASE WHEN a.state = 'refused' THEN jsonb_build_object('kind', a.refusal_kind, 'reason', a.refusal) END AS refusal,
         (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'partition', r.partition, 'fromPosition', r.from_position, 'toPosition', r.to_position,
                   'finishedWith', r.finished_with, 'lastTime', r.last_time) ORDER BY r.partition), '[]')
            FROM event_log_adopted_ranges r WHERE r.adoption_id = a.id) AS partitions,
         (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'what', l.what, 'subject', nullif(l.subject, ''), 'count', l.count) ORDER BY l.what, l.subject), '[]')
            FROM event_log_adoption_losses l WHERE l.adoption_id = a.id) AS losses
    FROM event_log_adoptions a`;

export async function readAdoption(sql: Sql, id: number): Promise<AdoptionView | null> {
  const [adoption] = await sql.query<AdoptionView>(`${SELECT} WHERE a.id = $1`, [id]);
  return adoption ?? null;
}

/** Newest first. */
export function listAdoptions(sql: Sql, page: PageById): Promise<Page<AdoptionView>> {
  return newestFirst<AdoptionView>(sql, { select: SELECT, id: 'a.id' }, page);
}

/** The adoption that a relay is to do; null: none is asked for. */
export async function findAsked(sql: Sql): Promise<number | null> {
  const [asked] = await sql.query<{ id: number }>(`SELECT id FROM event_log_adoptions WHERE state = 'asked'`);
  return asked?.id ?? null;
}

/** Whether the log took anything back in it. */
export async function hasAdopted(sql: Sql, id: number): Promise<boolean> {
  const ranges = await sql.query('SELECT FROM event_log_adopted_ranges WHERE adoption_id = $1 LIMIT 1', [id]);
  return ranges.length > 0;
}

/** @throws Fenced when another epoch has begun: then its relay does it */
export async function finishAdoption(sql: Sql, id: number, epoch: number): Promise<void> {
  const finished = await sql.query(FINISH, [id, epoch]);
  if (finished.length === 0) throw new Fenced();
}

const FINISH = `
  UPDATE event_log_adoptions SET state = 'done', finished_at = clock_timestamp()
   WHERE id = $1 AND state = 'asked' AND EXISTS (SELECT FROM event_log_relay WHERE epoch = $2)
  RETURNING id`;

/** @throws Fenced when another epoch has begun: then its relay looks itself */
export async function refuseAdoption(sql: Sql, id: number, epoch: number, refused: AdoptionRefused): Promise<void> {
  const finished = await sql.query(REFUSE, [id, epoch, refused.kind, refused.message]);
  if (finished.length === 0) throw new Fenced();
}

const REFUSE = `
  UPDATE event_log_adoptions
     SET state = 'refused', finished_at = clock_timestamp(), refusal_kind = $3, refusal = $4
   WHERE id = $1 AND state = 'asked' AND EXISTS (SELECT FROM event_log_relay WHERE epoch = $2)
  RETURNING id`;
