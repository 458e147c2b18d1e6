import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { defer } from '../deferred.js';
import { KafkaError } from '../kafka-error.js';
import type { IncomingRecord, KafkaConfig, PartitionOffsets, ReadOptions, StartOffset } from '../port.js';
import type { AdminConnection } from './admin-connection.js';
import { createClient, withPrefix } from './client.js';
import { within } from './deadline.js';
import { toKafkaError } from './errors.js';
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
  if (remainders.size === 0) return;
  const groupId = withPrefix(config, `${READ_GROUP_PREFIX}${randomUUID()}`);
  // A client of its own: kafkajs remembers the offsets of every group for as long as the client lives.
  const consumer = createClient(config).consumer({
    groupId,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: MAX_WAIT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    sessionTimeout: SESSION_TIMEOUT_MS,
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  const reading = new Reading(consumer, withPrefix(config, topic), remainders, onRecords);
  try {
    await reading.run(options.stallTimeoutMs ?? STALL_TIMEOUT_MS);
  } finally {
    await within(CLOSE_TIMEOUT_MS, 'leaving a group', () => consumer.disconnect()).catch(() => undefined);
    // Without offsets an empty group goes by itself after a while, so missing rights or a broker away do no harm.
    await admin.call('deleting a group', (connected) => connected.deleteGroups([groupId])).catch(() => undefined);
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
  private readonly finished = defer<undefined>();
  private stall: NodeJS.Timeout | undefined;
  private ended = false;
  /** Calls to `onRecords` wait for one another here, since partitions are fetched side by side. */
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly consumer: Consumer,
    private readonly topic: string,
    private readonly remainders: Map<number, Remainder>,
    private readonly onRecords: OnRecords,
  ) {}

  async run(stallTimeoutMs: number): Promise<void> {
    const { consumer, topic } = this;
    const { GROUP_JOIN, CRASH, END_BATCH_PROCESS } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.position(payload.memberAssignment[topic] ?? []);
    });
    // Reported for batches without a single record too (control records, aborted transactions), which no eachBatch sees.
    consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      this.reached(payload.partition, BigInt(payload.lastOffset) + 1n);
      this.watch(stallTimeoutMs);
    });
    consumer.on(CRASH, ({ payload }) => {
      this.fail(toKafkaError(payload.error, `reading ${topic}`));
    });
    this.finished.promise.catch(() => undefined);
    try {
      await within(JOIN_TIMEOUT_MS, `joining a group to read ${topic}`, () => this.start(stallTimeoutMs));
      await this.finished.promise;
    } finally {
      this.ended = true;
      clearTimeout(this.stall);
    }
  }

  private async start(stallTimeoutMs: number): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [this.topic], fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.remainders.size,
      eachBatch: (payload) => {
        this.turn = this.turn.then(() => this.take(payload, stallTimeoutMs));
        return this.turn;
      },
    });
    this.watch(stallTimeoutMs);
  }

  /** Runs inside of the join, before anything is fetched. */
  private position(assigned: readonly number[]): void {
    for (const partition of assigned) {
      const remainder = this.remainders.get(partition);
      if (remainder === undefined) this.pause(partition);
      else this.consumer.seek({ topic: this.topic, partition, offset: String(remainder.next) });
    }
  }

  private async take(payload: EachBatchPayload, stallTimeoutMs: number): Promise<void> {
    const { partition, messages } = payload.batch;
    const remainder = this.remainders.get(partition);
    const last = messages.at(-1);
    if (this.ended || remainder === undefined || last === undefined || payload.isStale()) return;
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
      this.fail(error);
    } finally {
      clearInterval(beat);
      this.watch(stallTimeoutMs);
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
  private watch(stallTimeoutMs: number): void {
    clearTimeout(this.stall);
    if (this.ended) return;
    this.stall = setTimeout(() => {
      this.fail(new KafkaError('unavailable', `reading ${this.topic}: nothing for ${String(stallTimeoutMs)} ms`));
    }, stallTimeoutMs);
  }
}
