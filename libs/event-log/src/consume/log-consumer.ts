import type { PartitionControl, WaitingRecords } from '@ponte/kafka';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog, type ProtocolLog } from '../protocol-log.js';
import { dismissDeadLetter, retryDeadLetter, type Redo } from '../repair/dead-letter-repairs.js';
import { accept, resume, type Resumed, type Word } from '../repair/stopped-partitions.js';
import { followCarefully } from './careful.js';
import type { LogConsumerOptions } from './consumer-options.js';
import { giveBackRows, readRows, takeRows, type ConsumerKey } from './consumer-rows.js';
import { carefulAfter, Held } from './held.js';
import { planPartition, type Plan } from './plan.js';
import { RowWatch } from './row-watch.js';
import { Runner, StaleRows } from './runner.js';
import { PartitionQueue, takeSlices, type Slice } from './slices.js';
import { consumerStatus, type LogConsumerStatus } from './status.js';

const MOST_REPLANS = 3;

/**
 * Follows one topic into the service's own database, each record with exactly one effect, in order. Nest's controller
 * method hands it whatever the transport brings: `@EventPattern(topic) on(waiting) { return consumer.handle(waiting) }`.
 */
export class LogConsumer {
  readonly key: ConsumerKey;
  readonly redo: 'in_place' | 'never';
  private readonly owner = randomUUID();
  private readonly held = new Map<number, Held>();
  private readonly runner: Runner;
  private readonly rows: RowWatch;
  private readonly log: ProtocolLog;
  private control: PartitionControl | null = null;
  private skipped = 0;

  constructor(readonly options: LogConsumerOptions) {
    this.key = { consumer: options.name, topic: options.topic };
    this.redo = options.redo ?? 'never';
    this.log = options.log ?? silentLog;
    this.runner = new Runner(
      options.database,
      this.key,
      {
        parkingKeys: (record) => [record.subject],
        ...options,
        apply: (sql, records) => options.apply(sql, records),
        locksHeads: options.locksHeads ?? false,
      },
      this.log,
      (partition) => (this.control?.isCurrent(partition) === true ? this.held.get(partition) : undefined),
      (held) => {
        this.control?.pause(held.row.partition);
        this.rows.watch();
      },
    );
    this.rows = new RowWatch({
      ...{ database: options.database, key: this.key, owner: this.owner, log: this.log },
      ...{ pollMs: options.stoppedPollMs ?? 1_000, held: this.held, control: () => this.control },
    });
    options.database.onConnectionLost(() => {
      this.rows.doubt();
    });
  }

  /** Settles what the transport hands over. Rejects when the infrastructure failed: the same is to be handed over again. */
  async handle(waiting: WaitingRecords): Promise<void> {
    switch (waiting.kind) {
      case 'assigned':
        return this.assigned(waiting.partitions, waiting.control);
      case 'records':
        return this.records(
          waiting.batches.map((batch) => new PartitionQueue(batch)),
          waiting.control,
        );
      case 'revoked':
        return this.revoked(waiting.partitions);
    }
  }

  /** What this instance knows, without asking the database. */
  status(): LogConsumerStatus {
    return consumerStatus(this.key, [...this.held.values()], { ...this.runner.counters, skipped: this.skipped });
  }

  /**
   * Waits until the consumer, in whatever instance, has followed the partition up to the position.
   *
   * @returns false when it has not within `timeoutMs`
   */
  async waitFor(partition: number, position: number, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if ((this.held.get(partition)?.row.position ?? 0) >= position) return true;
      const [row] = await readRows(this.options.database, this.key, [partition]);
      if ((row?.position ?? 0) >= position) return true;
      if (performance.now() >= deadline) return false;
      await sleep(25);
    }
  }

  /**
   * Goes on with the record that was found behind a gap or at a fork; the word is kept. Works in any instance.
   *
   * @throws RepairRefused
   */
  accept(partition: number, word: Word): Promise<Resumed> {
    return accept(this.options.database, this.key, partition, word);
  }

  /**
   * Lets a stopped partition try again, at the offset that a republish answered or where it was (`null`).
   *
   * @throws RepairRefused
   */
  resume(partition: number, from: { readonly offset: bigint | null }): Promise<Resumed> {
    return resume(this.options.database, this.key, partition, from);
  }

  /**
   * Applies a dead letter and what is parked behind it, where the consumer allows it (`redo`).
   *
   * @returns how many records were applied
   * @throws RepairRefused
   */
  async retry(deadLetterId: number, by: string): Promise<number> {
    const { database, locksHeads = false, describeError } = this.options;
    const redo: Redo = {
      allowed: this.redo === 'in_place',
      locksHeads,
      describe: (error) => describeError?.(error) ?? null,
      apply: async (sql, records) => {
        await this.options.locks?.(sql, records);
        await this.options.apply(sql, records);
      },
    };
    return retryDeadLetter(database, this.key, redo, deadLetterId, by);
  }

  /**
   * Gives a dead letter up; what is parked behind it can be retried then.
   *
   * @throws RepairRefused
   */
  dismiss(deadLetterId: number, word: Word): Promise<void> {
    return dismissDeadLetter(this.options.database, this.key, deadLetterId, word);
  }

  /** The group's offsets are advisory: reading begins where this database says. */
  private async assigned(partitions: readonly number[], control: PartitionControl): Promise<void> {
    this.control = control;
    const rows = await takeRows(this.options.database, this.key, partitions, this.owner);
    for (const row of rows) {
      const held = new Held(row, carefulAfter(row.abandoned, row.mark, row.position));
      this.held.set(row.partition, held);
      await control.seek(row.partition, row.nextOffset ?? 'earliest');
      if (!held.running) control.pause(row.partition);
      if (held.careful !== null) {
        this.log.warn({ ...this.key, partition: row.partition, ...held.careful }, 'the last owner of a partition died');
      }
    }
    this.rows.watch();
  }

  private async revoked(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) this.held.delete(partition);
    await giveBackRows(this.options.database, this.key, partitions, this.owner);
  }

  private async records(queues: readonly PartitionQueue[], control: PartitionControl): Promise<void> {
    this.control = control;
    let replans = 0;
    for (const queue of queues) {
      const held = this.held.get(queue.partition);
      if (held !== undefined) held.highWatermark = queue.highWatermark;
    }
    for (;;) {
      await this.refresh();
      const open = queues.filter((queue) => queue.length > 0 && this.isOpen(queue.partition));
      if (open.length === 0) return;
      const slices = takeSlices(open, this.options.maxRecords ?? 500, this.options.maxBytes ?? 4 * 1024 * 1024);
      try {
        await this.follow(slices);
        replans = 0;
      } catch (error) {
        // The rows say what is so now: plan again, but not for ever.
        if (!(error instanceof StaleRows) || ++replans > MOST_REPLANS) throw error;
      }
    }
  }

  private isOpen(partition: number): boolean {
    return this.control?.isCurrent(partition) === true && this.held.get(partition)?.running === true;
  }

  /** One transaction over all partitions, and those that must be careful one by one. */
  private async follow(slices: readonly Slice[]): Promise<void> {
    const plans: { held: Held; plan: Plan; slice: Slice }[] = [];
    for (const slice of slices) {
      const held = this.held.get(slice.queue.partition);
      if (held === undefined) continue;
      const plan = planPartition(held.row, slice.waiting, {
        knownTypes: this.options.knownTypes,
        isNew: held.isNew,
        rewound: held.rewoundAt === held.row.position,
      });
      held.trimmed = plan.trimmed;
      plans.push({ held, plan, slice });
    }
    await this.runner.run(plans.flatMap(({ held, plan }) => (held.careful === null ? plan.steps : [])));
    for (const { held, plan } of plans)
      if (held.careful !== null) await followCarefully(this.options.database, this.key, this.runner, held, plan.steps);
    for (const { held, plan, slice } of plans) await this.settle(held, plan, slice);
  }

  /** After the records that fit: what the first one that does not fit means. */
  private async settle(held: Held, plan: Plan, slice: Slice): Promise<void> {
    const { partition } = held.row;
    const { control } = this;
    if (control === null || !this.isOpen(partition)) return slice.queue.drop();
    this.skipped += plan.skipped;
    if (plan.end.kind === 'done') {
      held.seenTo = slice.queue.advance(slice.waiting.length);
      control.commit(partition, held.seenTo);
      return;
    }
    slice.queue.drop();
    if (plan.end.kind === 'stop') {
      await this.runner.stop(held, plan.end.stop);
      return;
    }
    const { position, nextOffset } = held.row;
    await control.seek(partition, nextOffset ?? 'earliest');
    // Only now: a seek that failed was no second look.
    held.rewoundAt = position;
  }

  /** Reads rows again whose state is not certain. */
  private async refresh(): Promise<void> {
    const stale = [...this.held.values()].filter((held) => held.stale).map((held) => held.row.partition);
    if (stale.length === 0) return;
    for (const row of await readRows(this.options.database, this.key, stale)) {
      const held = this.held.get(row.partition);
      if (held === undefined) continue;
      if (held.running && row.status !== 'running') this.control?.pause(row.partition);
      held.row = row;
      held.stale = false;
    }
  }
}
