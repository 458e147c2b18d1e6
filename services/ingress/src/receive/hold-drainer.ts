import { setTimeout as delay } from 'node:timers/promises';
import { isAppendsHeld, type EventLog } from '@ponte/event-log';
import { isInfrastructureError, type Database, type Logger, type StatusReport } from '@ponte/service-kit';
import { HELD_MAY_GO_ON } from '../integrations/channels.js';
import { drainPartition, type SetAside } from './drain-partition.js';
import { PartitionTrouble } from './partition-trouble.js';

export interface HoldDrainerOptions {
  database: Database;
  gate: Pick<EventLog['gate'], 'isOpen' | 'whenOpen'>;
  /** Bytes that the data of a record may have. */
  maxDataBytes: number;
  log: Logger;
  /** Told after each committed batch. */
  onPublished(count: number): void;
  /** Told of each request that could not be published and stands aside as failed. */
  onSetAside?(): void;
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
  private readonly trouble = new PartitionTrouble();

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

  /** Degraded while a partition cannot be drained: what it holds is safe, and waits. */
  status(): StatusReport {
    const partitions = this.trouble.partitions();
    return partitions.length === 0
      ? { status: 'ok' }
      : { status: 'degraded', reason: 'held requests cannot be published', details: { partitions } };
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

  /**
   * A batch of each partition that has some, so that a long backlog of one holds up no other. Nor does one that fails:
   * it rests for a while. Where the surroundings are at fault the round ends, and the next begins without it.
   */
  private async round(): Promise<number> {
    const rows = await this.options.database.query<{ partition: number }>(partitionsThatMayGoOn);
    this.trouble.keep(rows.map(({ partition }) => partition));
    let drained = 0;
    for (const { partition } of rows) {
      if (this.stopping.signal.aborted) break;
      if (this.trouble.rests(partition, performance.now())) continue;
      try {
        drained += await this.drain(partition);
        this.trouble.over(partition);
      } catch (error) {
        if (isAppendsHeld(error)) throw error;
        this.trouble.failed(partition, performance.now());
        if (isInfrastructureError(error)) throw error;
        this.complain(error, partition);
      }
    }
    return drained;
  }

  private drain(partition: number): Promise<number> {
    const { database, maxDataBytes, log, onPublished } = this.options;
    let startedAt = performance.now();
    return drainPartition({
      ...{ database, partition, maxDataBytes, maxRows: MAX_ROWS, maxBytes: MAX_BYTES, signal: this.stopping.signal },
      maySetAside: (error) => this.trouble.maySetAside(partition, error),
      onPublished: (count) => {
        this.trouble.published(partition, count);
        onPublished(count);
        const durationMs = Math.round(performance.now() - startedAt);
        log.info({ partition, count, durationMs }, 'held requests published');
        startedAt = performance.now();
      },
      onSetAside: (row) => {
        this.setAside(partition, row);
      },
    });
  }

  private setAside(partition: number, row: SetAside): void {
    this.options.onSetAside?.();
    this.options.log.error({ partition, ...row }, 'a held request could not be published and was set aside as failed');
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

  private complain(error: unknown, partition?: number): void {
    const level = isInfrastructureError(error) ? 'warn' : 'error';
    this.options.log[level]({ error, partition }, 'held requests could not be published');
  }
}
