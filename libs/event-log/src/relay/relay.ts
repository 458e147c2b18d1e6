import { messageOf, Wake } from '@ponte/service-kit';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import type { LogRecord } from '../record.js';
import { Fenced, releaseLease, takeLease, type Lease } from './lease.js';
import type { RelayOptions } from './relay-options.js';
import { RelaySession } from './session.js';

export interface RelayStatus {
  /** `standby`: another instance has the lease. `halted`: the check failed. `failing`: backing off after an error. */
  readonly state: 'stopped' | 'standby' | 'checking' | 'relaying' | 'halted' | 'failing';
  readonly epoch: number | null;
  /** Records sent by this process, repeats included. */
  readonly relayed: number;
  /** The last failure, until something succeeded after it. */
  readonly error: string | null;
}

/** While another instance has the lease, this one looks so often whether it has run out. */
const STANDBY_MS = 1_000;

/**
 * The one relay of a service: whoever holds the lease sends what the log has and the topic has not, in order. A process
 * that lost the lease without noticing (paused, cut off) can only repeat what is in the log.
 */
export class Relay {
  private readonly holder = randomUUID();
  private readonly wakeUp = new Wake();
  private session: RelaySession | null = null;
  private lease: Lease | null = null;
  private stopped = false;
  private running: Promise<void> | null = null;
  private state: RelayStatus['state'] = 'stopped';
  private relayedBefore = 0;
  private error: string | null = null;
  private failures = 0;
  private readonly stopping = new AbortController();

  constructor(private readonly options: RelayOptions) {
    options.database.onConnectionLost(() => {
      this.session?.doubt();
      this.wakeUp.wake();
    });
  }

  /** Whether an append of this process needs no NOTIFY, as the relay that sends it is here. */
  isHolder(): boolean {
    return this.session !== null;
  }

  /** There may be something to send that was appended elsewhere, or by who can't say what it was. */
  wake(): void {
    this.session?.mayHaveMore();
    this.wakeUp.wake();
  }

  /** Takes records that this process has committed. */
  offer(records: readonly LogRecord[]): void {
    this.session?.offer(records);
    this.wakeUp.wake();
  }

  /** There may be a check, a republish or a free lease. */
  lookAtState(): void {
    this.session?.look();
    this.wakeUp.wake();
  }

  status(): RelayStatus {
    return {
      state: this.session?.state ?? this.state,
      epoch: this.lease?.epoch ?? null,
      relayed: this.relayedBefore + (this.session?.relayed ?? 0),
      error: this.error,
    };
  }

  start(): void {
    this.state = 'standby';
    this.running = this.run();
  }

  /** Ends after the round in hand and gives the lease to whoever waits for it. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.stopping.abort();
    this.session?.stop();
    this.wakeUp.wake();
    await this.running;
    this.state = 'stopped';
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const outcome = await this.term();
      if (this.stopped) return;
      if (outcome === 'standby') await this.wakeUp.sleep(STANDBY_MS);
      else if (outcome === 'failed') {
        this.state = 'failing';
        // Not woken by appends: each of them would end the pause.
        await sleep(backoffMs(this.failures++, Math.random()), this.stopping.signal);
      }
    }
  }

  /** One term with the lease, from taking it to losing it. */
  private async term(): Promise<'standby' | 'fenced' | 'failed'> {
    const { database, leaseMs, log } = this.options;
    try {
      const lease = await takeLease(database, this.holder, leaseMs);
      if (lease === null) {
        this.state = 'standby';
        this.error = null;
        this.failures = 0;
        return 'standby';
      }
      this.lease = lease;
      this.session = new RelaySession(this.options, this.holder, lease, this.wakeUp, () => {
        this.error = null;
        this.failures = 0;
      });
      // Told to stop while the lease was being taken: it is given back at once.
      if (this.stopped) this.session.stop();
      await this.session.run();
      return 'fenced';
    } catch (error) {
      if (error instanceof Fenced) {
        log.info({ epoch: this.lease?.epoch }, 'the relay was fenced');
        return 'fenced';
      }
      this.error = messageOf(error);
      log.warn(
        { error: this.error, epoch: this.lease?.epoch },
        'the relay failed and starts again from its checkpoint',
      );
      return 'failed';
    } finally {
      await this.endTerm();
    }
  }

  private async endTerm(): Promise<void> {
    const { session, lease } = this;
    this.session = null;
    this.lease = null;
    if (session === null || lease === null) return;
    this.relayedBefore += session.relayed;
    await session.close();
    if (!this.stopped) return;
    // If this fails the lease runs out by itself.
    await releaseLease(this.options.database, this.holder, lease.epoch).catch(() => undefined);
  }
}

/** Ends early, without a word, when the signal says so. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return pause(ms, undefined, { signal }).catch(() => undefined);
}
