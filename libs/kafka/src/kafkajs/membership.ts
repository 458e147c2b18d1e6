import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka as Client } from 'kafkajs';
import { defer } from '../deferred.js';
import { KafkaError } from '../kafka-error.js';
import type { KafkaConfig, PartitionOffsets } from '../port.js';
import { Assignment, type PartitionPort } from '../waiting/assignment.js';
import type { HandOver } from '../waiting/hand-over.js';
import { withPrefix } from './client.js';
import { CommitQueue } from './commit-queue.js';
import { within } from './deadline.js';
import { endsMembership, toKafkaError } from './errors.js';
import { kafkajs } from './library.js';
import { toIncomingRecord } from './records.js';

export interface MembershipOptions {
  client: Client;
  config: KafkaConfig;
  groupId: string;
  /** Logical names, with the number of partitions of each. */
  topics: ReadonlyMap<string, number>;
  maxWaitTimeInMs: number;
  minBytes: number;
  maxBytesPerPartition: number;
  sessionTimeoutMs: number;
  heartbeatIntervalMs: number;
  rebalanceTimeoutMs: number;
  handOver: HandOver;
  offsets(topic: string): Promise<ReadonlyMap<number, PartitionOffsets>>;
  onAssigned(partitions: ReadonlyMap<string, readonly number[]>): void;
}

const COMMIT_INTERVAL_MS = 1_000;
const LEAVE_TIMEOUT_MS = 5_000;
/** Beyond a whole rebalance, a consumer that neither fetches nor beats hangs. */
const SILENCE_MARGIN_MS = 30_000;

/**
 * One kafkajs consumer from joining the group to its crash or departure. It is never restarted: a new one takes its
 * place.
 */
export class Membership implements PartitionPort {
  private readonly consumer: Consumer;
  private readonly names: ReadonlyMap<string, string>;
  private readonly commits: CommitQueue;
  private readonly crashed = defer<KafkaError>();
  private assignment: Assignment | null = null;
  /** The error with which the group ended the present assignment. */
  private expulsion: unknown = null;
  /** Batches that wait for the handler; as long as there are any, nobody but us sends heartbeats. */
  private readonly parked = new Set<EachBatchPayload>();
  private beating = false;
  private lastSignAt = Date.now();
  private timers: NodeJS.Timeout[] = [];
  private starting: Promise<void> = Promise.resolve();
  private left = false;

  constructor(private readonly options: MembershipOptions) {
    this.names = new Map([...options.topics.keys()].map((topic) => [withPrefix(options.config, topic), topic]));
    this.consumer = this.createConsumer();
    this.commits = new CommitQueue((offsets) => this.consumer.commitOffsets(offsets));
  }

  /** Resolves with the reason when the consumer has come to an end by itself. */
  get ended(): Promise<KafkaError> {
    return this.crashed.promise;
  }

  /** Connects and joins the group. @throws KafkaError */
  async start(): Promise<this> {
    this.starting = this.join();
    await this.starting;
    return this;
  }

  /** Sends what is still to be committed, leaves the group and disconnects. Never rejects. */
  async leave(): Promise<void> {
    this.left = true;
    for (const timer of this.timers) clearInterval(timer);
    const leaving = (async (): Promise<void> => {
      // A join that is under way would come alive after the disconnect.
      await this.starting.catch(() => undefined);
      await this.commits.flush();
      await this.consumer.disconnect();
    })();
    // When no broker answers the group finds out by the session time-out.
    await within(LEAVE_TIMEOUT_MS, 'leaving the group', () => leaving).catch(() => undefined);
  }

  private async join(): Promise<void> {
    this.listen();
    const { groupId, heartbeatIntervalMs, topics } = this.options;
    try {
      await this.consumer.connect();
      await this.consumer.subscribe({ topics: [...this.names.keys()], fromBeginning: true });
      if (this.left) return;
      this.timers = [
        // Twice as often as due: kafkajs skips a beat that comes too early.
        setInterval(() => void this.beat(), heartbeatIntervalMs / 2),
        setInterval(() => void this.commits.flush(), COMMIT_INTERVAL_MS),
      ];
      await this.consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        // All at once: otherwise partitions wait for one another, and a call would not hold everything that is there.
        partitionsConsumedConcurrently: sum(topics.values()),
        eachBatch: (payload) => this.take(payload),
      });
    } catch (error) {
      throw toKafkaError(error, `joining the group ${groupId}`);
    }
  }

  seek(topic: string, partition: number, offset: bigint): void {
    this.steer(() => {
      this.consumer.seek({ topic: this.nameOf(topic), partition, offset: String(offset) });
    });
  }

  pause(topic: string, partition: number): void {
    this.steer(() => {
      this.consumer.pause([{ topic: this.nameOf(topic), partitions: [partition] }]);
    });
  }

  resume(topic: string, partition: number): void {
    this.steer(() => {
      this.consumer.resume([{ topic: this.nameOf(topic), partitions: [partition] }]);
    });
  }

  commit(topic: string, partition: number, nextOffset: bigint): void {
    this.commits.add({ topic: this.nameOf(topic), partition, offset: nextOffset });
  }

  offsets(topic: string): Promise<ReadonlyMap<number, PartitionOffsets>> {
    return this.options.offsets(topic);
  }

  private createConsumer(): Consumer {
    const { client, config, groupId, topics, maxBytesPerPartition, ...options } = this.options;
    return client.consumer({
      groupId: withPrefix(config, groupId),
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: options.maxWaitTimeInMs,
      minBytes: options.minBytes,
      maxBytesPerPartition,
      // Room for every partition: with less, those at the end of the request starve while the first ones catch up.
      maxBytes: maxBytesPerPartition * Math.max(1, sum(topics.values())),
      sessionTimeout: options.sessionTimeoutMs,
      heartbeatInterval: options.heartbeatIntervalMs,
      rebalanceTimeout: options.rebalanceTimeoutMs,
      // kafkajs restarts some crashes and not others; here every crash ends this consumer, and a new one is made.
      retry: { retries: 8, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  private listen(): void {
    const { events } = this.consumer;
    const sign = (): void => {
      this.lastSignAt = Date.now();
    };
    this.consumer.on(events.FETCH, sign);
    this.consumer.on(events.HEARTBEAT, sign);
    this.consumer.on(events.GROUP_JOIN, ({ payload }) => {
      sign();
      this.assign(payload);
    });
    this.consumer.on(events.REBALANCING, () => void this.options.handOver.end());
    this.consumer.on(events.CRASH, ({ payload }) => {
      void this.options.handOver.end();
      this.crashed.resolve(toKafkaError(payload.error, `the consumer of the group ${this.options.groupId} crashed`));
    });
  }

  /** Runs inside of kafkajs' join, before it fetches anything for the new assignment. */
  private assign({ memberAssignment }: ConsumerGroupJoinEvent['payload']): void {
    const partitions = new Map<string, readonly number[]>();
    for (const [name, topic] of this.names) {
      partitions.set(
        topic,
        [...(memberAssignment[name] ?? [])].sort((a, b) => a - b),
      );
    }
    const { handOver } = this.options;
    this.expulsion = null;
    this.commits.clear();
    this.assignment = new Assignment(partitions, this, () => {
      handOver.sweep();
    });
    handOver.begin(this.assignment);
    this.options.onAssigned(partitions);
  }

  private async take(payload: EachBatchPayload): Promise<void> {
    const { assignment } = this;
    const { topic: name, partition, messages, highWatermark } = payload.batch;
    const topic = this.names.get(name);
    const last = messages.at(-1);
    if (this.left || assignment === null || topic === undefined || last === undefined) return;
    if (!payload.isRunning() || payload.isStale()) return;
    this.parked.add(payload);
    try {
      const outcome = await this.options.handOver.park(assignment, {
        topic,
        partition,
        records: messages.map((message) => toIncomingRecord(partition, message)),
        highWatermark: BigInt(highWatermark),
      });
      // After a join in between, this would move the offset of the next assignment.
      if (outcome === 'handled' && !assignment.isEnded && !payload.isStale()) payload.resolveOffset(last.offset);
    } finally {
      this.parked.delete(payload);
    }
    const { expulsion } = this;
    if (expulsion === null) return;
    // The handler is told before this member joins again and others begin with the partitions.
    await this.options.handOver.end();
    throw expulsion;
  }

  private async beat(): Promise<void> {
    const [payload] = this.parked;
    if (payload === undefined) {
      this.checkSilence();
      return;
    }
    if (this.beating) return;
    this.beating = true;
    try {
      await payload.heartbeat();
    } catch (error) {
      // Any other failure is the connection's: the work in hand may still be in time.
      if (endsMembership(error)) this.expel(error);
    } finally {
      this.beating = false;
    }
  }

  private expel(error: unknown): void {
    this.expulsion = error;
    void this.options.handOver.end();
  }

  /** A consumer that hangs inside of the client tells nobody. */
  private checkSilence(): void {
    const silentMs = Date.now() - this.lastSignAt;
    if (silentMs < this.options.rebalanceTimeoutMs + SILENCE_MARGIN_MS) return;
    void this.options.handOver.end();
    const message = `the consumer of the group ${this.options.groupId} was silent for ${String(silentMs)} ms`;
    this.crashed.resolve(new KafkaError('unavailable', message));
  }

  /** kafkajs throws when its consumer has just stopped; the assignment ends in the same moment, so nothing is missed. */
  private steer(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error;
    }
  }

  private nameOf(topic: string): string {
    return withPrefix(this.options.config, topic);
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}
