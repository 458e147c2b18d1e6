import { isAppendsHeld } from '@ponte/event-log';
import { isInfrastructureError, Wake, type Sql } from '@ponte/service-kit';
import { releaseClaims } from './claims.js';
import type { ClaimedDelivery } from './delivery.js';
import { recordResults, type DeliveryResult, type OutcomeLog } from './results.js';

export interface RecorderOptions {
  readonly database: Sql;
  readonly log: OutcomeLog;
  /** The result stands in the table; or it was no longer this instance's to record. */
  readonly onRecorded: (result: DeliveryResult, wasOurs: boolean) => void;
  /** A claim that wasn't used is free again. */
  readonly onReleased: (delivery: ClaimedDelivery) => void;
  /** Another delivery's turn has come in these integrations. */
  readonly onDue: (integrationIds: Iterable<string>) => void;
  readonly onError: (error: unknown) => void;
}

const MAX_BATCH = 500;
const MAX_PAUSE_MS = 2_000;

/**
 * Results wait so long for others, in ms: each transaction is several processes woken, a round of the log's relay and a
 * batch of Kafka. Nobody waits for a record but the next of its lane, and whoever looks at the history.
 */
const GATHER_MS = 40;
/** And so long where the next of a lane may be waiting. */
const AWAITED_MS = 10;
const ENOUGH = 50;
/** Timers may be early by so much. */
const EARLY_MS = 1.5;

/**
 * Records results, all that piled up while the last batch was being written. While Postgres or the log is away they
 * stay in memory and are tried again; each holds its slot meanwhile, which bounds how many there can be.
 */
export class Recorder {
  private readonly round = new Wake();
  private results: DeliveryResult[] = [];
  private unused: ClaimedDelivery[] = [];
  private running: Promise<void> | null = null;
  private stopping = false;
  private failures = 0;
  /** When the results that are here are to be recorded, by `performance.now()`. */
  private recordBy = Infinity;
  /** How many of the next results are recorded alone, as one of them made a batch fail. */
  private oneByOne = 0;

  constructor(private readonly options: RecorderOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Ends after what is there has been recorded; gives up at the first failure. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.round.wake();
    await this.running;
  }

  /** @param isAwaited whether the next of its lane may be waiting for it */
  add(result: DeliveryResult, isAwaited: boolean): void {
    this.results.push(result);
    if (this.results.length === ENOUGH) this.round.wake();
    this.recordWithin(isAwaited ? AWAITED_MS : GATHER_MS);
  }

  /** Somebody waits for one of the results that may be here. */
  hurry(): void {
    if (this.results.length > 0) this.recordWithin(AWAITED_MS);
  }

  /** A claim that no call was made for. */
  release(delivery: ClaimedDelivery): void {
    this.unused.push(delivery);
    this.round.wake();
  }

  private recordWithin(ms: number): void {
    const by = performance.now() + ms;
    if (by >= this.recordBy) return;
    this.recordBy = by;
    this.round.wake();
  }

  private get isEmpty(): boolean {
    return this.results.length === 0 && this.unused.length === 0;
  }

  private async run(): Promise<void> {
    for (;;) {
      if (this.isEmpty) {
        if (this.stopping) return;
        await this.round.sleep(60_000);
        continue;
      }
      await this.gathered();
      try {
        await this.releaseUnused();
        await this.recordBatch();
        this.failures = 0;
      } catch (error) {
        this.options.onError(error);
        if (this.stopping) return;
        this.failures += 1;
        const pauseMs = Math.min(MAX_PAUSE_MS, 50 * 2 ** this.failures);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  private async gathered(): Promise<void> {
    while (this.results.length < ENOUGH && this.unused.length === 0 && !this.stopping) {
      const left = this.recordBy - performance.now();
      if (left < EARLY_MS) return;
      await this.round.sleep(Math.ceil(left));
    }
  }

  private async releaseUnused(): Promise<void> {
    if (this.unused.length === 0) return;
    const batch = this.unused;
    this.unused = [];
    try {
      await releaseClaims(this.options.database, batch);
    } catch (error) {
      this.unused = [...batch, ...this.unused];
      throw error;
    }
    for (const delivery of batch) this.options.onReleased(delivery);
  }

  /**
   * A batch that fails for its content is tried one by one, and what fails alone goes to the end of the queue: a result
   * that can't be recorded must not hold up the others.
   */
  private async recordBatch(): Promise<void> {
    if (this.results.length === 0) return;
    const batch = this.results.splice(0, this.oneByOne > 0 ? 1 : MAX_BATCH);
    if (this.results.length === 0) this.recordBy = Infinity;
    this.oneByOne = Math.max(0, this.oneByOne - batch.length);
    try {
      const { recorded, due } = await recordResults(this.options.database, this.options.log, batch, new Date());
      for (const result of batch) this.options.onRecorded(result, recorded.has(result.delivery.id));
      this.options.onDue(due);
    } catch (error) {
      if (isInfrastructureError(error) || isAppendsHeld(error)) this.results.unshift(...batch);
      else {
        this.oneByOne = Math.max(this.oneByOne, batch.length > 1 ? batch.length : 0);
        if (batch.length > 1) this.results.unshift(...batch);
        else this.results.push(...batch);
      }
      this.recordBy = -Infinity;
      throw error;
    }
  }
}
