import { setTimeout as delay } from 'node:timers/promises';
import { InboundReceivedV1 } from '@ponte/contracts';
import { isAppendsHeld, type EventLog } from '@ponte/event-log';
import { isInfrastructureError, type Database, type Logger } from '@ponte/service-kit';
import { HELD_MAY_GO_ON } from '../integrations/channels.js';

export interface HoldDrainerOptions {
  database: Database;
  gate: Pick<EventLog['gate'], 'isOpen' | 'whenOpen'>;
  log: Logger;
  /** Told after each committed batch. */
  onPublished(count: number): void;
  /** How often it looks unasked, in ms: another instance may have held something, and notifications can be lost. */
  pollMs?: number;
}

const MAX_ROWS = 500;
const MAX_BYTES = 4 * 1_048_576;
const AFTER_FAILURE_MS = 500;

/** Probes the partial indexes of what the gate held and of draining integrations, one probe a partition each. */
const partitionsThatMayGoOn = /* sql */ `
  select h.partition
    from event_log_heads h
   where exists (select from inbound_held w where w.partition = h.partition and w.reason = 'gate')
      or exists (select from inbound_integrations i
                  where i.partition = h.partition and i.draining and i.status = 'active')
   order by h.partition
`;

/**
 * Publishes what is held once it may go on: after the gate has opened, and after a resume. Every instance of ingress
 * has one; each batch is taken under the lock on its partition's head, so they take turns and none is published twice.
 */
export class HoldDrainer {
  private readonly stopping = new AbortController();
  private wake: (() => void) | null = null;
  private woken = false;
  private running: Promise<void> | null = null;
  private subscription: { close(): Promise<void> } | null = null;

  constructor(private readonly options: HoldDrainerOptions) {}

  async start(): Promise<void> {
    this.subscription = await this.options.database.listen(HELD_MAY_GO_ON, () => {
      this.look();
    });
    this.running = this.run();
  }

  /** Something may be there to be published. */
  look(): void {
    this.woken = true;
    this.wake?.();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake?.();
    await this.subscription?.close();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.options.gate.whenOpen(signal);
        if ((await this.round()) === 0) await this.idle();
      } catch (error) {
        if (signal.aborted) return;
        // The gate closed again meanwhile: waiting for it is all there is to do.
        if (!isAppendsHeld(error)) this.complain(error);
        await delay(AFTER_FAILURE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** A batch of each partition that has some, so that a long backlog of one holds up no other. */
  private async round(): Promise<number> {
    const { database, log, onPublished } = this.options;
    const rows = await database.query<{ partition: number }>(partitionsThatMayGoOn);
    let published = 0;
    for (const { partition } of rows) {
      if (this.stopping.signal.aborted) break;
      const startedAt = performance.now();
      const [row] = await database.query<{ count: number }>('select ingress_drain($1, $2, $3, $4) as count', [
        InboundReceivedV1.type,
        partition,
        MAX_ROWS,
        MAX_BYTES,
      ]);
      const count = row?.count ?? 0;
      if (count === 0) continue;
      published += count;
      onPublished(count);
      log.info({ partition, count, durationMs: Math.round(performance.now() - startedAt) }, 'held requests published');
    }
    return published;
  }

  private async idle(): Promise<void> {
    if (!this.woken && !this.stopping.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.options.pollMs ?? 1_000);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = null;
    }
    this.woken = false;
  }

  private complain(error: unknown): void {
    const level = isInfrastructureError(error) ? 'warn' : 'error';
    this.options.log[level]({ error }, 'held requests could not be published');
  }
}
