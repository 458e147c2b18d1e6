import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { defer } from '../deferred.js';
import { KafkaError } from '../kafka-error.js';
import type { IncomingRecord, KafkaConfig, PartitionOffsets, ReadOptions, StartOffset } from '../port.js';
import type { AdminConnection } from './admin-connection.js';
import { createClient, withPrefix } from './client.js';
import { within } from './deadline.js';
import { passesBySoon, toKafkaError } from './errors.js';
import { toIncomingRecord } from './records.js';
import { topicOffsets } from './topics.js';

/** Groups that only ever read once, so that an operator or a rule for rights can tell them from real ones. */
export const READ_GROUP_PREFIX = 'ponte-read-';

const MAX_WAIT_MS = 50;
const HEARTBEAT_MS = 1_000;
const SESSION_TIMEOUT_MS = 30_000;
const STALL_TIMEOUT_MS = 15_000;
const JOIN_TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_MS = 5_000;
const JOIN_RETRY_WINDOW_MS = 5_000;
const JOIN_RETRY_PAUSE_MS = 200;

type OnRecords = (records: readonly IncomingRecord[]) => void | Promise<void>;

/** What is still to be read of a partition: from `next` up to, not including, `end`. */
interface Remainder {
  next: bigint;
  readonly end: bigint;
}

/** @see Kafka.readToEnd */
export async function readToEnd(
  { admin, config }: { admin: AdminConnection; config: KafkaConfig },
  topic: string,
  from: ReadonlyMap<number, StartOffset>,
  onRecords: OnRecords,
  options: ReadOptions = {},
): Promise<void> {
  const remainders = plan(topic, from, await topicOffsets(admin, config, topic));
  const until = Date.now() + JOIN_RETRY_WINDOW_MS;
  while (remainders.size > 0) {
    const reading = new Reading(config, topic, remainders, onRecords, options.stallTimeoutMs ?? STALL_TIMEOUT_MS);
    try {
      await reading.run();
    } catch (error) {
      // The first group of a cluster waits for its coordinator. What was read already is not read again.
      if (reading.takerFailed || !passesBySoon(error) || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, JOIN_RETRY_PAUSE_MS));
    } finally {
      await reading.close(admin);
    }
  }
}

/** What there is to read. Starts before the low watermark begin at it; partitions with nothing to read are left out. */
export function plan(
  topic: string,
  from: ReadonlyMap<number, StartOffset>,
  offsets: ReadonlyMap<number, PartitionOffsets>,
): Map<number, Remainder> {
  const remainders = new Map<number, Remainder>();
  for (const [partition, start] of from) {
    const there = offsets.get(partition);
    if (there === undefined) {
      throw new KafkaError('invalid', `topic ${topic} has no partition ${String(partition)}`);
    }
    const next = start === 'earliest' || start < there.low ? there.low : start;
    if (next < there.high) remainders.set(partition, { next, end: there.high });
  }
  return remainders;
}

class Reading {
  /** Whether it ended with an error of `onRecords`. */
  takerFailed = false;

  private readonly groupId: string;
  private readonly topic: string;
  private readonly consumer: Consumer;
  private readonly finished = defer<undefined>();
  private stall: NodeJS.Timeout | undefined;
  private ended = false;
  /** Partitions whose batch in hand was fetched before this member joined anew: it is fetched again, and was not read. */
  private readonly passedOver = new Set<number>();
  private starting: Promise<void> = Promise.resolve();
  /** Calls to `onRecords` wait for one another here, since partitions are fetched side by side. */
  private turn: Promise<void> = Promise.resolve();

  constructor(
    config: KafkaConfig,
    topic: string,
    private readonly remainders: Map<number, Remainder>,
    private readonly onRecords: OnRecords,
    private readonly stallTimeoutMs: number,
  ) {
    this.groupId = withPrefix(config, `${READ_GROUP_PREFIX}${randomUUID()}`);
    this.topic = withPrefix(config, topic);
    // A client of its own: kafkajs remembers the offsets of every group for as long as the client lives.
    this.consumer = createClient(config).consumer({
      groupId: this.groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: MAX_WAIT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      sessionTimeout: SESSION_TIMEOUT_MS,
      retry: { restartOnFailure: () => Promise.resolve(false) },
    });
  }

  async close(admin: AdminConnection): Promise<void> {
    const leaving = (async (): Promise<void> => {
      // A join that is under way would come alive after the disconnect.
      await this.starting.catch(() => undefined);
      await this.consumer.disconnect();
    })();
    await within(CLOSE_TIMEOUT_MS, 'leaving a group', () => leaving).catch(() => undefined);
    // Without offsets an empty group goes by itself after a while, so missing rights or a broker away do no harm.
    await admin.call('deleting a group', (connected) => connected.deleteGroups([this.groupId])).catch(() => undefined);
  }

  async run(): Promise<void> {
    const { consumer, topic } = this;
    const { GROUP_JOIN, CRASH, END_BATCH_PROCESS } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.position(payload.memberAssignment[topic] ?? []);
    });
    // Reported for batches without a single record too (control records, aborted transactions), which no eachBatch sees.
    consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      if (!this.passedOver.delete(payload.partition)) this.reached(payload.partition, BigInt(payload.lastOffset) + 1n);
      this.watch();
    });
    consumer.on(CRASH, ({ payload }) => {
      this.fail(toKafkaError(payload.error, `reading ${topic}`));
    });
    this.finished.promise.catch(() => undefined);
    try {
      this.starting = this.start();
      await within(JOIN_TIMEOUT_MS, `joining a group to read ${topic}`, () => this.starting);
      await this.finished.promise;
    } finally {
      this.ended = true;
      clearTimeout(this.stall);
    }
  }

  private async start(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [this.topic], fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.remainders.size,
      eachBatch: (payload) => {
        this.turn = this.turn.then(() => this.take(payload));
        return this.turn;
      },
    });
    this.watch();
  }

  /** Runs inside of the join, before anything is fetched. */
  private position(assigned: readonly number[]): void {
    for (const partition of assigned) {
      const remainder = this.remainders.get(partition);
      if (remainder === undefined) this.pause(partition);
      else this.consumer.seek({ topic: this.topic, partition, offset: String(remainder.next) });
    }
  }

  private async take(payload: EachBatchPayload): Promise<void> {
    const { partition, messages } = payload.batch;
    const remainder = this.remainders.get(partition);
    const last = messages.at(-1);
    if (this.ended || remainder === undefined || last === undefined) return;
    if (payload.isStale()) {
      this.passedOver.add(partition);
      return;
    }
    const { next, end } = remainder;
    const records = messages
      .map((message) => toIncomingRecord(partition, message))
      .filter(({ offset }) => offset >= next && offset < end);
    clearTimeout(this.stall);
    const beat = setInterval(() => {
      // A lost membership shows when the batch is done; the reading then goes on from where it stands.
      payload.heartbeat().catch(() => undefined);
    }, HEARTBEAT_MS);
    try {
      if (records.length > 0) await this.onRecords(records);
      remainder.next = BigInt(last.offset) + 1n;
      payload.resolveOffset(last.offset);
    } catch (error) {
      this.takerFailed = true;
      this.fail(error);
    } finally {
      clearInterval(beat);
      this.watch();
    }
  }

  private reached(partition: number, next: bigint): void {
    const remainder = this.remainders.get(partition);
    if (remainder === undefined || this.ended) return;
    if (next > remainder.next) remainder.next = next;
    if (remainder.next < remainder.end) return;
    this.remainders.delete(partition);
    this.pause(partition);
    if (this.remainders.size === 0) this.finished.resolve(undefined);
  }

  private pause(partition: number): void {
    this.consumer.pause([{ topic: this.topic, partitions: [partition] }]);
  }

  private fail(error: unknown): void {
    this.ended = true;
    this.finished.reject(error);
  }

  /** Starts anew the time within which something must be read. */
  private watch(): void {
    clearTimeout(this.stall);
    if (this.ended) return;
    const { stallTimeoutMs } = this;
    this.stall = setTimeout(() => {
      this.fail(new KafkaError('unavailable', `reading ${this.topic}: nothing for ${String(stallTimeoutMs)} ms`));
    }, stallTimeoutMs);
  }
}
