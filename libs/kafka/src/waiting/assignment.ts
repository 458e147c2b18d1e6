import { KafkaError } from '../kafka-error.js';
import type { PartitionOffsets, StartOffset } from '../port.js';
import type { PartitionControl } from './waiting-records.js';

/** What an assignment needs of the consumer it came from. All of it works on that consumer's present membership. */
export interface PartitionPort {
  seek(topic: string, partition: number, offset: bigint): void;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  commit(topic: string, partition: number, nextOffset: bigint): void;
  offsets(topic: string): Promise<ReadonlyMap<number, PartitionOffsets>>;
}

interface PartitionState {
  /** Moves with every seek and pause, so that what was fetched before is told from what is fetched after. */
  epoch: number;
  pausedByHandler: boolean;
  /** Seeks that still look for their offset; nothing is fetched meanwhile. */
  seeking: number;
  /** Which seek was the last one. */
  seekNumber: number;
  flowing: boolean;
}

/** The partitions that belong to this instance between two rebalances. Ends once, for good. */
export class Assignment {
  private ended = false;
  /** Nothing flows before the handler has placed the partitions. */
  private open = false;
  private readonly states = new Map<string, Map<number, PartitionState>>();

  /**
   * Stops the flow of all partitions at once, so call it before anything is fetched for them.
   *
   * @param onDisplaced told of each seek and pause, so that what is parked for the partition can be dropped
   */
  constructor(
    readonly partitions: ReadonlyMap<string, readonly number[]>,
    private readonly port: PartitionPort,
    private readonly onDisplaced: () => void,
  ) {
    for (const [topic, numbers] of partitions) {
      const states = new Map<number, PartitionState>();
      for (const partition of numbers) {
        states.set(partition, { epoch: 0, pausedByHandler: false, seeking: 0, seekNumber: 0, flowing: false });
        port.pause(topic, partition);
      }
      this.states.set(topic, states);
    }
  }

  get isEnded(): boolean {
    return this.ended;
  }

  get isOpen(): boolean {
    return this.open && !this.ended;
  }

  end(): void {
    this.ended = true;
  }

  /** Lets records flow, except for partitions that the handler paused. */
  start(): void {
    this.open = true;
    for (const [topic, states] of this.states) {
      for (const [partition, state] of states) this.flow(topic, partition, state);
    }
  }

  /** What `isStill` compares later; null when records of the partition must not be handed over now. */
  epochOf(topic: string, partition: number): number | null {
    const state = this.stateOf(topic, partition);
    return state === null || state.pausedByHandler || state.seeking > 0 ? null : state.epoch;
  }

  isStill(topic: string, partition: number, epoch: number): boolean {
    return this.epochOf(topic, partition) === epoch;
  }

  controlOf(topic: string): PartitionControl {
    return {
      seek: (partition, offset) => this.seek(topic, partition, offset),
      pause: (partition) => {
        this.setPaused(topic, partition, true);
      },
      resume: (partition) => {
        this.setPaused(topic, partition, false);
      },
      isCurrent: (partition) => this.stateOf(topic, partition) !== null,
      commit: (partition, nextOffset) => {
        if (this.stateOf(topic, partition) !== null) this.port.commit(topic, partition, nextOffset);
      },
    };
  }

  private async seek(topic: string, partition: number, offset: StartOffset): Promise<void> {
    const state = this.stateOf(topic, partition);
    if (state === null) return;
    if (offset !== 'earliest' && offset < 0n) throw new KafkaError('invalid', `no offset is ${String(offset)}`);
    this.displace(state);
    state.seekNumber += 1;
    if (offset !== 'earliest') {
      this.port.seek(topic, partition, offset);
      return;
    }
    const { seekNumber } = state;
    state.seeking += 1;
    this.flow(topic, partition, state);
    try {
      const low = (await this.port.offsets(topic)).get(partition)?.low ?? 0n;
      // A later seek wins over one that took longer to find its offset.
      if (!this.ended && state.seekNumber === seekNumber) this.port.seek(topic, partition, low);
    } finally {
      state.seeking -= 1;
      this.flow(topic, partition, state);
    }
  }

  private setPaused(topic: string, partition: number, paused: boolean): void {
    const state = this.stateOf(topic, partition);
    if (state === null || state.pausedByHandler === paused) return;
    state.pausedByHandler = paused;
    if (paused) this.displace(state);
    this.flow(topic, partition, state);
  }

  private displace(state: PartitionState): void {
    state.epoch += 1;
    this.onDisplaced();
  }

  /** Brings the consumer's pause in line with what is wanted. */
  private flow(topic: string, partition: number, state: PartitionState): void {
    if (this.ended) return;
    const flowing = this.open && !state.pausedByHandler && state.seeking === 0;
    if (flowing === state.flowing) return;
    state.flowing = flowing;
    if (flowing) this.port.resume(topic, partition);
    else this.port.pause(topic, partition);
  }

  private stateOf(topic: string, partition: number): PartitionState | null {
    if (this.ended) return null;
    return this.states.get(topic)?.get(partition) ?? null;
  }
}
