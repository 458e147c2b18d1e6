import { defer, type Deferred } from '../deferred.js';
import { KafkaError } from '../kafka-error.js';
import type { KafkaConfig } from '../port.js';
import { backoffMs, type Backoff } from '../waiting/backoff.js';
import type { HandOver } from '../waiting/hand-over.js';
import { AdminConnection } from './admin-connection.js';
import { createClient } from './client.js';
import { within } from './deadline.js';
import { toKafkaError } from './errors.js';
import { Membership } from './membership.js';
import { partitionCounts, topicOffsets } from './topics.js';

export interface GroupConsumerOptions {
  config: KafkaConfig;
  groupId: string;
  topics: readonly string[];
  maxWaitTimeInMs: number;
  minBytes: number;
  maxBytesPerPartition: number;
  sessionTimeoutMs: number;
  heartbeatIntervalMs: number;
  rebalanceTimeoutMs: number;
  backoff: Backoff;
  /** How long the end of a membership waits for a call in hand. */
  drainTimeoutMs: number;
  handOver: HandOver;
  onAssigned(partitions: ReadonlyMap<string, readonly number[]>): void;
  /** The consumer crashed or could not join; another one is on its way. */
  onLost(error: KafkaError): void;
}

/** Keeps one consumer of the group alive: whatever ends it, a new one joins after a while. */
export class GroupConsumer {
  private readonly admin: AdminConnection;
  private supervising: Promise<void> = Promise.resolve();
  private stopped = false;
  private hasJoined = false;
  /** Ends whatever the supervision waits for at the moment. */
  private interruption: Deferred<undefined> = defer();

  constructor(private readonly options: GroupConsumerOptions) {
    this.admin = new AdminConnection(createClient(options.config));
  }

  /** Returns at once; the broker may be away. */
  start(): void {
    this.supervising = this.supervise();
  }

  /** Ends the assignment, waits a bounded time for the call in hand, and leaves the group. Never rejects. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.interruption.resolve(undefined);
    await this.supervising;
    await this.admin.close();
  }

  private async supervise(): Promise<void> {
    for (let failures = 1; !this.stopped; failures += 1) {
      this.hasJoined = false;
      const error = await this.oneMembership();
      if (this.isStopped()) return;
      if (this.hasJoined) failures = 1;
      this.options.onLost(error);
      await this.pause(backoffMs(this.options.backoff, failures, Math.random()));
    }
  }

  /** Resolves with what ended it. */
  private async oneMembership(): Promise<KafkaError> {
    const { groupId, handOver, drainTimeoutMs } = this.options;
    let membership: Membership | null = null;
    try {
      membership = await this.createMembership();
      const ended = membership.start().then((started) => started.ended);
      const error = await Promise.race([ended, this.interrupted()]);
      return error ?? new KafkaError('closed', `the consumer of the group ${groupId} was stopped`);
    } catch (error) {
      return toKafkaError(error, `consuming as ${groupId}`);
    } finally {
      // A handler that hangs must not keep the process from ending, nor the group from being joined again.
      await within(drainTimeoutMs, 'waiting for the handler', () => handOver.end()).catch(() => undefined);
      await membership?.leave();
    }
  }

  private async createMembership(): Promise<Membership> {
    const { config, topics, onAssigned, ...options } = this.options;
    const counts = await partitionCounts(this.admin, config, topics);
    return new Membership({
      ...options,
      config,
      topics: counts,
      // A client of its own: kafkajs keeps the offsets of a group in the client, beyond the consumer's life.
      client: createClient(config),
      offsets: (topic) => topicOffsets(this.admin, config, topic),
      onAssigned: (partitions) => {
        this.hasJoined = true;
        onAssigned(partitions);
      },
    });
  }

  private async pause(ms: number): Promise<void> {
    const interrupted = this.interrupted();
    const timer = setTimeout(() => {
      this.interruption.resolve(undefined);
    }, ms);
    await interrupted;
    clearTimeout(timer);
  }

  private async interrupted(): Promise<undefined> {
    this.interruption = defer();
    if (this.stopped) this.interruption.resolve(undefined);
    return this.interruption.promise;
  }

  /** A method, since the compiler takes the loop's condition for still true after an await. */
  private isStopped(): boolean {
    return this.stopped;
  }
}
