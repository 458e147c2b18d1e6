import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { BaseRpcContext, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { GroupConsumer } from '../kafkajs/group-consumer.js';
import { KafkaError } from '../kafka-error.js';
import type { KafkaConfig } from '../port.js';
import type { Backoff } from '../waiting/backoff.js';
import { HandOver } from '../waiting/hand-over.js';
import type { WaitingRecords } from '../waiting/waiting-records.js';

export interface WaitingRecordsOptions {
  kafka: KafkaConfig;
  /** The consumer group; the topic prefix is put before it too. */
  groupId: string;
  /**
   * How long the broker may wait for records to answer a fetch with, which bounds how fast seeks and resumes take effect.
   * Default 250.
   */
  maxWaitTimeInMs?: number;
  /**
   * Of how many bytes of records the broker answers at once. Default 1. Where nobody waits for what is consumed, more of
   * them make few large calls out of many small ones.
   */
  minBytes?: number;
  /**
   * The most that one fetch takes of one partition. Bounds the memory, and must be at least the topic's
   * `max.message.bytes`: of a larger batch the broker sends nothing as long as another partition has something to send.
   * Default 4 MiB.
   */
  maxBytesPerPartition?: number;
  /** Tells the members of the group apart in the broker's log. */
  instanceName?: string;
  /** The group gives away the partitions of an instance that is silent for so long. Default 10,000. */
  sessionTimeoutMs?: number;
  /** Also how fast a rebalance is noticed. Default 1,000. */
  heartbeatIntervalMs?: number;
  /** How long a rebalance waits for a call in hand. Default 30,000. */
  rebalanceTimeoutMs?: number;
  /** Between a rejected call and its repetition, and before a lost consumer is replaced. Default 100 to 2,000 ms. */
  backoff?: Backoff;
  /** How long `close` waits for a call in hand. Default 25,000. */
  drainTimeoutMs?: number;
  /** The consumer was lost; the server goes on to replace it. */
  onLost?(error: KafkaError): void;
  /** A handler rejected a call, the n-th time in a row; the call is repeated. */
  onHandlerFailed?(error: unknown, failures: number): void;
}

/** `joining` until the group has been joined, `lost` while a crashed consumer is being replaced. */
export type ConsumerState = 'idle' | 'joining' | 'joined' | 'lost' | 'stopped';

export interface ConsumerStatus {
  state: ConsumerState;
  groupId: string;
  /** What is assigned at the moment, by topic. */
  partitions: ReadonlyMap<string, readonly number[]>;
  /** Why the consumer was lost the last time; null while it never was. */
  lastError: KafkaError | null;
  /** How often it was lost since the start. */
  losses: number;
  /** Calls that the handler rejected in a row. */
  handlerFailures: number;
}

/**
 * A Nest transport over a Kafka consumer group. A controller declares `@EventPattern('<logical topic>')` on a method
 * that takes one `WaitingRecords` payload; each call holds whatever is waiting, over all of this instance's partitions
 * of the topic, and only one call is in flight. See `WaitingRecords` for the order of calls.
 *
 * Connects in the background: a broker that is away at boot delays the first call and nothing else.
 */
export class WaitingRecordsServer
  extends Server<{ lost: (error: KafkaError) => void }, ConsumerState>
  implements CustomTransportStrategy
{
  override readonly transportId = Symbol('ponte.waiting-records');
  /** A rejected call is reported by `onHandlerFailed`; Nest need not report it too. */
  override readonly propagatesEventHandlerErrors = true;

  private readonly handOver: HandOver;
  private readonly lostListeners: ((error: KafkaError) => void)[] = [];
  private consumer: GroupConsumer | null = null;
  private state: ConsumerState = 'idle';
  private partitions: ReadonlyMap<string, readonly number[]> = new Map();
  private lastError: KafkaError | null = null;
  private losses = 0;

  constructor(private readonly options: WaitingRecordsOptions) {
    super();
    this.handOver = new HandOver({
      backoff: this.backoff,
      handle: (waiting) => this.handle(waiting),
      onHandlerFailed: (error, failures) => options.onHandlerFailed?.(error, failures),
    });
    if (options.onLost !== undefined) this.lostListeners.push((error) => options.onLost?.(error));
  }

  /** Starts to consume the topics that have handlers. Called by Nest. */
  listen(callback: (error?: unknown) => void): void {
    const topics = [...this.messageHandlers.keys()];
    if (topics.length === 0) {
      callback(new KafkaError('invalid', `the group ${this.options.groupId} has no handler for any topic`));
      return;
    }
    this.consumer = this.createConsumer(topics);
    this.moveTo('joining');
    this.consumer.start();
    callback();
  }

  /** Waits for the call in hand, tells the handler that its partitions are revoked, commits and leaves the group. */
  async close(): Promise<void> {
    const { consumer } = this;
    this.consumer = null;
    await consumer?.stop();
    this.partitions = new Map();
    this.moveTo('stopped');
  }

  /** What a health endpoint and metrics show. */
  report(): ConsumerStatus {
    const { state, partitions, lastError, losses } = this;
    return {
      state,
      partitions,
      lastError,
      losses,
      groupId: this.options.groupId,
      handlerFailures: this.handOver.failuresInARow,
    };
  }

  override on(_event: 'lost', listener: (error: KafkaError) => void): void {
    this.lostListeners.push(listener);
  }

  override unwrap<T>(): T {
    throw new KafkaError('invalid', 'the consumer is not to be used beside its strategy');
  }

  private get backoff(): Backoff {
    return this.options.backoff ?? { firstMs: 100, longestMs: 2_000 };
  }

  private createConsumer(topics: readonly string[]): GroupConsumer {
    const { kafka, groupId, instanceName, ...options } = this.options;
    const clientId = instanceName === undefined ? kafka.clientId : `${kafka.clientId}.${instanceName}`;
    return new GroupConsumer({
      config: { ...kafka, clientId },
      groupId,
      topics,
      handOver: this.handOver,
      backoff: this.backoff,
      maxWaitTimeInMs: options.maxWaitTimeInMs ?? 250,
      minBytes: options.minBytes ?? 1,
      maxBytesPerPartition: options.maxBytesPerPartition ?? 4 * 1024 * 1024,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
      heartbeatIntervalMs: options.heartbeatIntervalMs ?? 1_000,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 30_000,
      drainTimeoutMs: options.drainTimeoutMs ?? 25_000,
      onAssigned: (partitions) => {
        this.partitions = partitions;
        this.moveTo('joined');
      },
      onLost: (error) => {
        this.lost(error);
      },
    });
  }

  private async handle(waiting: WaitingRecords): Promise<void> {
    const handler: MessageHandler<WaitingRecords, BaseRpcContext> | undefined = this.messageHandlers.get(waiting.topic);
    if (handler === undefined) throw new KafkaError('invalid', `no handler for the topic ${waiting.topic}`);
    const answers = this.transformToObservable(handler(waiting, new BaseRpcContext([waiting.topic])));
    // Awaited to the end: offsets must not move before the work is done.
    await lastValueFrom(answers, { defaultValue: undefined });
  }

  private lost(error: KafkaError): void {
    this.partitions = new Map();
    this.lastError = error;
    this.losses += 1;
    this.moveTo('lost');
    for (const listener of this.lostListeners) listener(error);
  }

  private moveTo(state: ConsumerState): void {
    this.state = state;
    this._status$.next(state);
  }
}
