import { defer, type Deferred } from '../deferred.js';
import type { Assignment } from './assignment.js';
import { backoffMs, type Backoff } from './backoff.js';
import type { PartitionBatch, WaitingRecords } from './waiting-records.js';

/** What one fetch brought for one partition. */
export interface FetchedBatch extends PartitionBatch {
  topic: string;
}

/** `handled`: the records are done with. `dropped`: they count as never fetched. */
export type Outcome = 'handled' | 'dropped';

export interface HandOverOptions {
  /** Takes one call at a time; a rejection means that the same is to be handed over again. */
  handle(waiting: WaitingRecords): Promise<void>;
  backoff: Backoff;
  /** Told of every rejected call, with the number of failures in a row. */
  onHandlerFailed(error: unknown, failures: number): void;
}

interface Parked {
  readonly assignment: Assignment;
  readonly batch: FetchedBatch;
  readonly epoch: number;
  readonly outcome: Deferred<Outcome>;
}

/**
 * Brings batches that arrive one by one, and the assignments they belong to, to a handler that takes one call at a time
 * and in it everything that is waiting. What arrives during a call waits for the next one.
 */
export class HandOver {
  private current: Assignment | null = null;
  /** The assignment that the handler was last told of, until it was told that it is revoked. */
  private announced: Assignment | null = null;
  private farewell: Deferred<undefined> = defer();
  private readonly waiting = new Set<Parked>();
  private pumping: Promise<void> | null = null;
  private failures = 0;
  /** Cuts a backoff short. */
  private wakeUp: () => void = () => undefined;

  constructor(private readonly options: HandOverOptions) {
    this.farewell.resolve(undefined);
  }

  /** Rejected calls in a row, 0 when the last one succeeded. */
  get failuresInARow(): number {
    return this.failures;
  }

  /** From now on this assignment is the present one; another one before it is ended. */
  begin(assignment: Assignment): void {
    void this.end();
    this.current = assignment;
    this.pump();
  }

  /**
   * Ends the present assignment: nothing more of it is handed over, what is parked is dropped. Resolves when a call in
   * hand is done and the handler has been told.
   */
  end(): Promise<void> {
    const ending = this.current;
    if (ending !== null) {
      this.current = null;
      ending.end();
      if (this.announced === ending) this.farewell = defer();
      this.sweep();
      this.failures = 0;
      this.wakeUp();
      this.pump();
    }
    return this.farewell.promise;
  }

  /** Resolves when the records were handled, or at once when they must not be handed over. */
  park(assignment: Assignment, batch: FetchedBatch): Promise<Outcome> {
    const epoch = assignment.epochOf(batch.topic, batch.partition);
    if (epoch === null || assignment !== this.current) return Promise.resolve('dropped');
    const parked: Parked = { assignment, batch, epoch, outcome: defer() };
    this.waiting.add(parked);
    this.pump();
    return parked.outcome.promise;
  }

  /** Drops what was fetched before a seek, a pause or the end of its assignment. A call in hand is left alone. */
  sweep(): void {
    for (const parked of this.waiting) {
      if (isWanted(parked)) continue;
      this.waiting.delete(parked);
      parked.outcome.resolve('dropped');
    }
  }

  private pump(): void {
    // A microtask later, so that everything that one fetch brings goes into one call.
    this.pumping ??= Promise.resolve().then(() => this.run());
  }

  private async run(): Promise<void> {
    for (let step = this.nextStep(); step !== null; step = this.nextStep()) await step;
    this.pumping = null;
  }

  private nextStep(): Promise<void> | null {
    const { announced, current } = this;
    if (announced !== null && announced !== current) return this.tellRevoked(announced);
    if (current === null) return null;
    if (!current.isOpen) return this.tellAssigned(current);
    return this.waiting.size === 0 ? null : this.handRecords();
  }

  private async tellAssigned(assignment: Assignment): Promise<void> {
    this.announced = assignment;
    await this.attempt(async () => {
      for (const [topic, partitions] of assignment.partitions) {
        if (partitions.length === 0 || assignment.isEnded) continue;
        await this.options.handle({ kind: 'assigned', topic, partitions, control: assignment.controlOf(topic) });
      }
      if (!assignment.isEnded) assignment.start();
    }, assignment);
  }

  private async tellRevoked(assignment: Assignment): Promise<void> {
    for (const [topic, partitions] of assignment.partitions) {
      if (partitions.length === 0) continue;
      try {
        await this.options.handle({ kind: 'revoked', topic, partitions });
      } catch (error) {
        // Nothing to repeat: the partitions are gone, whatever the handler makes of it.
        this.options.onHandlerFailed(error, 1);
      }
    }
    this.announced = null;
    this.farewell.resolve(undefined);
  }

  private async handRecords(): Promise<void> {
    const call = this.takeOneTopic();
    const first = call[0];
    if (first === undefined) return;
    const { assignment } = first;
    const { topic } = first.batch;
    const handled = await this.attempt(
      () =>
        this.options.handle({
          kind: 'records',
          topic,
          batches: call.map(({ batch }) => batch),
          control: assignment.controlOf(topic),
        }),
      assignment,
      () => {
        this.putBack(call);
      },
    );
    if (!handled) return;
    for (const parked of call) parked.outcome.resolve(isWanted(parked) ? 'handled' : 'dropped');
  }

  /** Everything that is waiting for the topic whose turn it is, in ascending partitions. */
  private takeOneTopic(): Parked[] {
    const [first] = this.waiting;
    const call = [...this.waiting].filter(({ batch }) => batch.topic === first?.batch.topic);
    for (const parked of call) this.waiting.delete(parked);
    return call.sort((a, b) => a.batch.partition - b.batch.partition);
  }

  private putBack(call: readonly Parked[]): void {
    for (const parked of call) this.waiting.add(parked);
    this.sweep();
  }

  /** Makes one call; a failed one is followed by a wait that the end of the assignment cuts short. */
  private async attempt(call: () => Promise<void>, assignment: Assignment, onFailed?: () => void): Promise<boolean> {
    try {
      await call();
      this.failures = 0;
      return true;
    } catch (error) {
      onFailed?.();
      this.failures += 1;
      this.options.onHandlerFailed(error, this.failures);
      if (!assignment.isEnded) await this.sleep(backoffMs(this.options.backoff, this.failures, Math.random()));
      return false;
    }
  }

  private async sleep(ms: number): Promise<void> {
    const sleeping = defer<undefined>();
    const timer = setTimeout(() => {
      sleeping.resolve(undefined);
    }, ms);
    this.wakeUp = () => {
      sleeping.resolve(undefined);
    };
    await sleeping.promise;
    clearTimeout(timer);
    this.wakeUp = () => undefined;
  }
}

function isWanted({ assignment, batch, epoch }: Parked): boolean {
  return assignment.isStill(batch.topic, batch.partition, epoch);
}
