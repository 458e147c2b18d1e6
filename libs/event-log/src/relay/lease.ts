import type { Database } from '@ponte/service-kit';
import type { Checkpoint } from '../checks/judge-partition.js';
import { STATE_CHANNEL } from '../checks/append-gate.js';

/** A relay that has taken the lease: its epoch, and the checkpoints as they were taken over. */
export interface Lease {
  readonly epoch: number;
  readonly checkpoints: readonly (Checkpoint & { readonly republishFrom: number | null })[];
}

/** Another relay has the lease, or an operator fenced this one: what it knows is out of date. */
export class Fenced extends Error {
  override readonly name = 'Fenced';

  constructor() {
    super('the lease of this relay was taken');
  }
}

interface CheckpointRow {
  epoch: number;
  partition: number;
  position: number;
  record_id: string | null;
  topic_offset: string | null;
  anchored: boolean;
  republish_from: number | null;
}

/**
 * Takes the lease when it is free, has run out, or is one's own already. A new epoch every time: checkpoint writes of
 * any earlier one move nothing from then on.
 *
 * @returns null when another relay has it
 */
export async function takeLease(database: Database, holder: string, leaseMs: number): Promise<Lease | null> {
  const rows = await database.query<CheckpointRow>(TAKE, [holder, leaseMs]);
  const [first] = rows;
  if (first === undefined) return null;
  return {
    epoch: first.epoch,
    checkpoints: rows
      .map((row) => ({
        partition: row.partition,
        position: row.position,
        recordId: row.record_id,
        offset: row.topic_offset === null ? null : BigInt(row.topic_offset),
        anchored: row.anchored,
        republishFrom: row.republish_from,
      }))
      .sort((a, b) => a.partition - b.partition),
  };
}

/** Keeps the lease, and looks whether a check is asked for: `null` when the lease is lost. */
export async function renewLease(
  database: Database,
  holder: string,
  epoch: number,
  leaseMs: number,
): Promise<{ requested: number; answered: number } | null> {
  const [row] = await database.query<{ requested: number; answered: number }>(RENEW, [holder, epoch, leaseMs]);
  return row ?? null;
}

/** Gives the lease up and tells those who wait for it. */
export async function releaseLease(database: Database, holder: string, epoch: number): Promise<void> {
  await database.query(RELEASE, [holder, epoch]);
}

/** The clock is the database's: instances need not agree on the time. Rows are locked in ascending order. */
const TAKE = `
  WITH taken AS (
    UPDATE event_log_relay
       SET holder = $1, epoch = epoch + 1, expires_at = clock_timestamp() + $2::int * interval '1 millisecond'
     WHERE holder IS NULL OR holder = $1 OR expires_at < clock_timestamp()
    RETURNING epoch
  ), locked AS MATERIALIZED (
    SELECT c.partition, t.epoch FROM event_log_checkpoints c, taken t ORDER BY c.partition FOR UPDATE OF c
  )
  UPDATE event_log_checkpoints c SET epoch = l.epoch FROM locked l WHERE c.partition = l.partition
  RETURNING c.epoch, c.partition, c.position, c.record_id, c.topic_offset::text, c.anchored, c.republish_from`;

const RENEW = `
  WITH renewed AS (
    UPDATE event_log_relay SET expires_at = clock_timestamp() + $3::int * interval '1 millisecond'
     WHERE holder = $1 AND epoch = $2
    RETURNING epoch
  )
  SELECT c.requested, c.answered FROM event_log_checks c, renewed`;

const RELEASE = `
  WITH released AS (
    UPDATE event_log_relay SET holder = NULL, expires_at = clock_timestamp() WHERE holder = $1 AND epoch = $2
    RETURNING epoch
  )
  SELECT pg_notify('${STATE_CHANNEL}', '') FROM released`;
