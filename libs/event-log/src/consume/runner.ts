import { isInfrastructureError, sqlStateOf, type Database, type Transaction } from '@ponte/service-kit';
import { isAppendsHeld } from '../append/append-errors.js';
import type { ProtocolLog } from '../protocol-log.js';
import type { ReceivedRecord } from '../record.js';
import { advanceRows, noteTrimmed, STALE_ROWS, stopRow, type ConsumerKey, type Move } from './consumer-rows.js';
import { blockedKeys, countPoisons, insertDeadLetters, type NewDeadLetter } from './dead-letters.js';
import { errorFacts } from './error-facts.js';
import type { Held } from './held.js';
import { partBlocked, type Parted } from './parking.js';
import type { Step } from './plan.js';
import { stopAt, type Stop } from './stop.js';

/** What the consumer's owner does with records. */
export interface Application {
  apply(sql: Transaction, records: readonly ReceivedRecord[]): Promise<void>;
  locks?(sql: Transaction, records: readonly ReceivedRecord[]): Promise<void>;
  parkingKeys(record: ReceivedRecord): readonly string[];
  onPoison?(sql: Transaction, record: ReceivedRecord, error: unknown): Promise<void>;
  describeError?(error: unknown): string | null;
  readonly locksHeads: boolean;
}

/** A row was moved or stopped by somebody else: what was planned is out of date. */
export class StaleRows extends Error {
  override readonly name = 'StaleRows';
  readonly infrastructure = true;

  constructor(readonly partitions: readonly number[]) {
    super(`The rows of partitions ${partitions.join(', ')} were changed by somebody else`);
  }
}

export interface RunnerCounters {
  applied: number;
  passedOver: number;
  poisoned: number;
  parked: number;
  transactions: number;
}

/** Over so many poisons within so many positions it is a bug and not bad data. */
const MOST_POISONS = 5;
const POISON_WINDOW = 100;

/** Runs planned steps: all of them in one transaction, or, where that fails because of the data, halved until the culprit stands alone. */
export class Runner {
  readonly counters: RunnerCounters = { applied: 0, passedOver: 0, poisoned: 0, parked: 0, transactions: 0 };

  constructor(
    private readonly database: Database,
    private readonly key: ConsumerKey,
    private readonly application: Application,
    private readonly log: ProtocolLog,
    /** The partition, while this instance may work on it. */
    private readonly heldOf: (partition: number) => Held | undefined,
    private readonly onStopped: (held: Held) => void,
  ) {}

  /**
   * Applies the steps, in order within each partition. A partition that stops on the way, or is revoked, is left out
   * from there on.
   *
   * @throws what is no fault of a record: infrastructure, held appends, `StaleRows`
   */
  async run(steps: readonly Step[]): Promise<void> {
    const live = steps.filter((step) => this.heldOf(step.record.partition)?.running === true);
    const [first] = live;
    if (first === undefined) return;
    try {
      await this.transact(live);
    } catch (error) {
      if (isInfrastructureError(error) || isAppendsHeld(error)) {
        this.distrust(live);
        throw error;
      }
      if (live.length === 1) return this.setAside(first, error);
      const middle = Math.ceil(live.length / 2);
      await this.run(live.slice(0, middle));
      await this.run(live.slice(middle));
    }
  }

  /** A record that can't be applied: to the dead letters with it, unless they become too many. */
  async setAside(step: Step, error: unknown): Promise<void> {
    const held = this.heldOf(step.record.partition);
    if (held?.running !== true) return;
    const { position, partition } = step.record;
    const after = Math.max(position - POISON_WINDOW, held.row.poisonsSince);
    if ((await countPoisons(this.database, this.key, partition, after)) >= MOST_POISONS) {
      const facts = errorFacts(error, this.describe(error));
      const detail = `over ${String(MOST_POISONS)} poisons in ${String(POISON_WINDOW)} positions, the last one: ${facts.description ?? facts.code ?? facts.name}`;
      return this.stop(held, stopAt('poisoned', held.row, step.record, detail));
    }
    try {
      await this.commitPoison(step, error);
    } catch (failure) {
      this.distrust([step]);
      if (isInfrastructureError(failure) || isAppendsHeld(failure)) throw failure;
      const facts = errorFacts(failure, this.describe(failure));
      const detail = `the record can't be applied and setting it aside failed too: ${facts.description ?? facts.code ?? facts.name}`;
      await this.stop(held, stopAt('poisoned', held.row, step.record, detail));
    }
  }

  /** Stops a partition, durably and visibly. */
  async stop(held: Held, stop: Stop): Promise<void> {
    const { partition } = held.row;
    if (!(await stopRow(this.database, this.key, held.row, stop))) {
      held.stale = true;
      throw new StaleRows([partition]);
    }
    held.row = { ...held.row, status: stop.status, stop };
    this.log.error({ ...this.key, partition, ...stop }, 'a partition stopped');
    this.onStopped(held);
  }

  private async commitPoison(step: Step, error: unknown): Promise<void> {
    const letter: NewDeadLetter = {
      step,
      reason: 'poison',
      parkingKeys: this.keysOf(step),
      error: errorFacts(error, this.describe(error)),
    };
    const moves = this.movesOf([step], [step]);
    await this.moving(moves, async (sql) => {
      await insertDeadLetters(sql, this.key, [letter]);
      await this.application.onPoison?.(sql, step.record, error);
    });
    this.counters.poisoned++;
    this.committed(moves, [step]);
    const { partition, position, id, type } = step.record;
    this.log.error({ ...this.key, partition, position, recordId: id, type, error: letter.error }, 'a record is poison');
  }

  private async transact(steps: readonly Step[]): Promise<void> {
    const startedAt = performance.now();
    const { go, park } = await this.part(steps);
    const moves = this.movesOf(steps, park);
    const records = go.filter((step) => step.action === 'apply').map((step) => step.record);
    const letters = park.map((step): NewDeadLetter => ({
      step,
      reason: 'parked',
      parkingKeys: this.keysOf(step),
      error: null,
    }));
    await this.moving(moves, async (sql) => {
      await insertDeadLetters(sql, this.key, letters);
      if (records.length === 0) return;
      await this.application.locks?.(sql, records);
      await this.application.apply(sql, records);
    });
    this.counters.applied += records.length;
    this.counters.parked += park.length;
    this.counters.passedOver += go.length - records.length;
    this.committed(moves, steps);
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const facts = { ...this.key, partitions: moves.length, applied: records.length, parked: park.length, durationMs };
    this.log.debug(facts, 'records applied');
  }

  /** Asks for blocked keys only where something lies parked. The row's revision shows if that changed since. */
  private async part(steps: readonly Step[]): Promise<Parted> {
    const partitions = new Set<number>();
    for (const { record } of steps) {
      if ((this.heldOf(record.partition)?.row.parked ?? 0) > 0) partitions.add(record.partition);
    }
    if (partitions.size === 0) return { go: steps, park: [] };
    const keys = new Set(
      steps.filter((step) => partitions.has(step.record.partition)).flatMap((step) => [...this.keysOf(step)]),
    );
    const blocked = new Map<number, Set<string>>([...partitions].map((partition) => [partition, new Set()]));
    for (const { partition, key } of await blockedKeys(this.database, this.key, [...partitions], [...keys])) {
      blocked.get(partition)?.add(key);
    }
    return partBlocked(steps, blocked, (step) => this.keysOf(step));
  }

  /** A transaction that moves the rows first. */
  private async moving(moves: readonly Move[], work: (sql: Transaction) => Promise<void>): Promise<void> {
    const trimmed = moves.flatMap(({ from: { partition } }) => {
      const gap = this.heldOf(partition)?.trimmed ?? null;
      return gap === null ? [] : [{ partition, ...gap }];
    });
    try {
      await this.database.transaction(async (sql) => {
        advanceRows(sql, this.key, moves, this.application.locksHeads);
        await noteTrimmed(sql, this.key, trimmed);
        await work(sql);
      });
    } catch (error) {
      if (sqlStateOf(error) !== STALE_ROWS) throw error;
      throw new StaleRows(moves.map((move) => move.from.partition));
    }
  }

  /** Steps are in order of partition and position, so the last one of each partition says where it goes. */
  private movesOf(steps: readonly Step[], setAside: readonly Step[]): Move[] {
    const moves = new Map<number, Move>();
    for (const { record } of steps) {
      const held = this.heldOf(record.partition);
      if (held === undefined) throw new StaleRows([record.partition]);
      const { position, id: recordId, offset } = record;
      moves.set(record.partition, { from: held.row, position, recordId, nextOffset: offset + 1n, parked: 0 });
    }
    for (const { record } of setAside) {
      const move = moves.get(record.partition);
      if (move !== undefined) moves.set(record.partition, { ...move, parked: move.parked + 1 });
    }
    return [...moves.values()].sort((a, b) => a.from.partition - b.from.partition);
  }

  private committed(moves: readonly Move[], steps: readonly Step[]): void {
    this.counters.transactions++;
    for (const { from, position, recordId, nextOffset, parked } of moves) {
      const held = this.heldOf(from.partition);
      if (held === undefined) continue;
      held.row = { ...held.row, position, recordId, nextOffset, parked: held.row.parked + parked };
      held.trimmed = null;
      held.rewoundAt = null;
    }
    for (const { record } of steps) {
      const held = this.heldOf(record.partition);
      if (held !== undefined) held.lastTime = record.time;
    }
  }

  private distrust(steps: readonly Step[]): void {
    for (const { record } of steps) {
      const held = this.heldOf(record.partition);
      if (held !== undefined) held.stale = true;
    }
  }

  /** Keys are read from the data, which may be what is wrong with the record. */
  private keysOf(step: Step): readonly string[] {
    try {
      return this.application.parkingKeys(step.record);
    } catch {
      return [step.record.subject];
    }
  }

  private describe(error: unknown): string | null {
    return this.application.describeError?.(error) ?? null;
  }
}
