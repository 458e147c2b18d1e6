import { messageOf, Wake, type Database, type Subscription } from '@ponte/service-kit';
import { backoffMs } from '../backoff.js';
import { judgeGate, type CheckState } from './judge-gate.js';

/** What the producing side of a service looks at before it appends. */
export interface Gate {
  isOpen(): boolean;
  /** Resolves when appends are allowed. Rejects with the signal's reason, or when the log is stopped. */
  whenOpen(signal?: AbortSignal): Promise<void>;
  /** Why it is closed, and how to recover; null when open. */
  reason(): string | null;
  /** Closed because log and topic were found apart: until an operator has repaired it, this database may be an old one. */
  isHalted(): boolean;
}

/** NOTIFY channel: a check was asked for or answered, the lease is free, a republish was asked for. */
export const STATE_CHANNEL = 'event_log_state';

const OPEN_POLL_MS = 1_000;
const CLOSED_POLL_MS = 150;

/**
 * Open only after a check that was asked for after this process started and after its last lost database connection: a
 * restore or a failover breaks connections, and what was known before it may not be so any more.
 *
 * The check itself is made by the relay that holds the lease, here or in another process.
 */
export class AppendGate implements Gate {
  private readonly loopWake = new Wake();
  private readonly waiting = new Set<() => void>();
  private ticket: number | null = null;
  private doubts = 0;
  private open = false;
  private halted = false;
  private closedBecause = 'log and topic were not compared yet';
  private stopped = false;
  private running: Promise<void> | null = null;
  private subscription: Subscription | null = null;

  constructor(
    private readonly database: Database,
    private readonly onAsked: () => void,
    /** Done once a comparison was answered, before anything is appended. If it fails it is done again. */
    private readonly onCompared: () => Promise<void>,
  ) {
    database.onConnectionLost(() => {
      this.doubt();
    });
  }

  isOpen(): boolean {
    return this.open;
  }

  reason(): string | null {
    return this.open ? null : this.closedBecause;
  }

  isHalted(): boolean {
    return this.halted;
  }

  async whenOpen(signal?: AbortSignal): Promise<void> {
    while (!this.open) {
      signal?.throwIfAborted();
      if (this.stopped) throw new Error('The event log is stopped');
      await new Promise<void>((resolve) => {
        const done = () => {
          this.waiting.delete(done);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        this.waiting.add(done);
        signal?.addEventListener('abort', done);
      });
    }
  }

  /** Begins to follow the state of the checks. Rejects when the database can't be listened to at first. */
  async start(): Promise<void> {
    this.subscription = await this.database.listen(STATE_CHANNEL, () => {
      this.look();
    });
    this.running = this.follow();
  }

  /** Something may have changed. */
  look(): void {
    this.loopWake.wake();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.close('the service is stopping');
    this.loopWake.wake();
    this.release();
    await this.subscription?.close();
    await this.running;
  }

  private doubt(): void {
    this.doubts++;
    this.ticket = null;
    this.close('the connection to Postgres was lost, and log and topic were not compared since');
    this.loopWake.wake();
  }

  private close(reason: string): void {
    this.open = false;
    this.halted = false;
    this.closedBecause = reason;
  }

  private release(): void {
    for (const done of [...this.waiting]) done();
  }

  private async follow(): Promise<void> {
    let failures = 0;
    while (!this.stopped) {
      try {
        await this.step();
        failures = 0;
      } catch (error) {
        if (!this.open) this.closedBecause = `Postgres can't be asked: ${messageOf(error)}`;
        await this.loopWake.sleep(backoffMs(failures++, Math.random(), 100, 2_000));
        continue;
      }
      await this.loopWake.sleep(this.open ? OPEN_POLL_MS : CLOSED_POLL_MS);
    }
  }

  private async step(): Promise<void> {
    const doubts = this.doubts;
    if (this.ticket === null) {
      const [asked] = await this.database.query<{ requested: number }>(ASK);
      if (doubts !== this.doubts || asked === undefined) return;
      this.ticket = asked.requested;
      this.onAsked();
    }
    const [check] = await this.database.query<CheckRow>(LOOK);
    if (doubts !== this.doubts || check === undefined || this.stopped) return;
    switch (judgeGate(check, this.ticket)) {
      case 'halted':
        if (!this.halted) await this.onCompared();
        this.close(check.reason ?? 'log and topic do not belong together');
        this.halted = true;
        return;
      case 'open':
        if (!this.open) await this.onCompared();
        if (doubts !== this.doubts) return;
        this.open = true;
        this.halted = false;
        return this.release();
      case 'comparing':
        return this.close('log and topic are being compared, which needs Kafka');
      case 'as_it_was':
        return;
    }
  }
}

interface CheckRow extends CheckState {
  readonly reason: string | null;
}

const ASK = `
  WITH asked AS (UPDATE event_log_checks SET requested = requested + 1 RETURNING requested)
  SELECT requested, pg_notify('${STATE_CHANNEL}', '') FROM asked`;

const LOOK = `
  SELECT answered, state, reason, server_started_at IS NOT DISTINCT FROM pg_postmaster_start_time() AS "sameServer"
    FROM event_log_checks`;
