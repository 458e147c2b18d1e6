import { randomUUID } from 'node:crypto';
import type { Database } from '@ponte/service-kit';
import type { InstanceId } from './delivery.js';

export interface LeaseOptions {
  /** How long a lease lasts after a renewal (default 5,000 ms). */
  readonly durationMs?: number;
  /** How often it is renewed (default 1,000 ms). */
  readonly renewMs?: number;
  /** A clock that only goes forward, in ms (default: since the process started). */
  readonly monotonicNow?: () => number;
  /** Told when a renewal failed, and when the lease was lost to another instance. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Taken off the local deadline: between looking at the clock and the first byte on the wire some time may pass. */
const SAFETY_MS = 500;

/**
 * This instance's right to send what it claimed. While a lease is valid nobody else touches its claims; once it has
 * run out in the table, whoever sees that deletes it and releases the claims in one transaction.
 *
 * The local deadline counts from before the renewal was sent, on a clock that nobody sets, so it always lies before
 * the table's: an instance that was paused or cut off knows by itself that it may not send any more. Each id is used
 * for one lease only, so a claim of a lost one can never be taken for a claim of its successor.
 */
export class InstanceLease {
  private held: { readonly id: InstanceId; readonly deadline: number } | null = null;
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | null = null;
  private readonly durationMs: number;
  private readonly renewMs: number;
  private readonly monotonicNow: () => number;
  private readonly onTrouble: (error: unknown) => void;

  constructor(
    private readonly database: Database,
    options: LeaseOptions = {},
  ) {
    this.durationMs = options.durationMs ?? 5_000;
    this.renewMs = options.renewMs ?? 1_000;
    this.monotonicNow = options.monotonicNow ?? (() => performance.now());
    this.onTrouble = options.onTrouble ?? (() => undefined);
  }

  /** The lease's id while it is surely valid; null while nothing may be claimed or sent. */
  current(): InstanceId | null {
    return this.held !== null && this.monotonicNow() < this.held.deadline ? this.held.id : null;
  }

  /** Whether a claim made under this id may be sent now. */
  covers(id: InstanceId): boolean {
    return this.current() === id;
  }

  /** Takes a lease and keeps renewing it. Resolves after the first try, whether or not it succeeded. */
  async start(): Promise<void> {
    await this.renew();
    this.timer = setInterval(() => void this.renew(), this.renewMs);
    this.timer.unref();
  }

  /** Gives the lease up, and every claim that is left with it. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
    const id = this.held?.id;
    this.held = null;
    if (id !== undefined) await releaseInstances(this.database, 'mine', id);
  }

  /** One renewal; the timer's, or a test's. Never rejects. */
  renew(): Promise<void> {
    this.renewing ??= this.renewOnce()
      .catch(this.onTrouble)
      .finally(() => (this.renewing = null));
    return this.renewing;
  }

  private async renewOnce(): Promise<void> {
    const askedAt = this.monotonicNow();
    const id = this.held?.id ?? (randomUUID() as InstanceId);
    const isNew = this.held === null;
    const rows = await this.database.query(isNew ? takeLease : renewLease, [id, this.durationMs]);
    if (rows.length === 0) {
      this.held = null;
      this.onTrouble(new Error('the lease ran out and its claims were released; taking another one'));
      return this.renewOnce();
    }
    this.held = { id, deadline: askedAt + this.durationMs - SAFETY_MS };
  }
}

const takeLease = `
  INSERT INTO dispatcher_instances (id, started_at, expires_at)
  VALUES ($1, clock_timestamp(), clock_timestamp() + $2 * interval '1 millisecond')
  RETURNING id`;

/** A row that is still there was released by nobody, even if it has run out meanwhile: then it simply lives on. */
const renewLease = `
  UPDATE dispatcher_instances SET expires_at = clock_timestamp() + $2 * interval '1 millisecond'
   WHERE id = $1
  RETURNING id`;

/**
 * Ends leases and releases their claims: those that ran out, or one's own.
 *
 * The delete waits for transactions that are claiming under the lease (they lock its row), and the release is a
 * statement of its own, so that it sees what they committed. It looks for claims that no lease covers rather than for
 * the ids just deleted: what a crash in between left behind is found too.
 *
 * @returns how many claims were released
 */
export async function releaseInstances(
  database: Database,
  which: 'expired' | 'mine',
  id: InstanceId | null = null,
): Promise<number> {
  return database.transaction(async (sql) => {
    const ended = await sql.query(which === 'expired' ? deleteExpired : deleteOne, which === 'expired' ? [] : [id]);
    if (ended.length === 0) return 0;
    return (await sql.query(releaseUncovered)).length;
  });
}

/** At boot: whatever no lease covers, even if nothing has just run out. */
export async function releaseUncoveredClaims(database: Database): Promise<number> {
  return (await database.query(releaseUncovered)).length;
}

const deleteExpired = 'DELETE FROM dispatcher_instances WHERE expires_at < clock_timestamp() RETURNING id';
const deleteOne = 'DELETE FROM dispatcher_instances WHERE id = $1 RETURNING id';

/** Reads the heads alone (index deliveries_due): only they can be claimed. */
const releaseUncovered = `
  UPDATE deliveries d SET claimed_by = NULL
   WHERE d.turn AND d.status = 'pending' AND d.claimed_by IS NOT NULL
     AND NOT EXISTS (SELECT FROM dispatcher_instances i WHERE i.id = d.claimed_by)
  RETURNING d.id`;
