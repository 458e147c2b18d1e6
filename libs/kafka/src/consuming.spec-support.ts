import type { Admin } from 'kafkajs';
import { connectKafka, WaitingRecordsServer } from './index.js';
import type {
  IncomingRecord,
  Kafka,
  KafkaConfig,
  OutgoingRecord,
  PartitionControl,
  WaitingRecords,
  WaitingRecordsOptions,
} from './index.js';
import { kafkajs } from './kafkajs/library.js';

/** Long enough for a loaded machine, short enough to tell which wait it was. */
const PATIENCE_MS = 20_000;

export async function eventually(what: string, condition: () => boolean | Promise<boolean>, patienceMs = PATIENCE_MS) {
  const until = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`${what}: not within ${String(patienceMs)} ms`);
    await sleep(10);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Makes a topic with some partitions and returns its name. */
export async function makeTopic(kafka: Kafka, partitions: number, name = `topic-${String(Math.random()).slice(2)}`) {
  await kafka.ensureTopic({ name, partitions, retentionMs: -1, maxMessageBytes: 1_000_000 }, 'create');
  return name;
}

/** Records for a partition whose values are `partition-number`, from `first` on. */
export function numbered(partition: number, count: number, first = 0): OutgoingRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    partition,
    key: 'key',
    headers: {},
    value: `${String(partition)}-${String(first + index)}`,
  }));
}

export async function sendAll(config: KafkaConfig, topic: string, records: readonly OutgoingRecord[]): Promise<void> {
  const kafka = connectKafka(config);
  const sender = await kafka.connectSender();
  await sender.send(topic, records);
  await kafka.close();
}

export type Handler = (waiting: WaitingRecords) => Promise<void> | void;

/** A running server whose calls are kept, with what each held. */
export class RunningServer {
  readonly calls: WaitingRecords[] = [];
  readonly failures: unknown[] = [];
  readonly losses: unknown[] = [];
  private readonly server: WaitingRecordsServer;

  constructor(
    kafka: KafkaConfig,
    topics: readonly string[],
    handler: Handler = () => undefined,
    options: Partial<WaitingRecordsOptions> = {},
  ) {
    this.server = new WaitingRecordsServer({
      kafka,
      groupId: 'group',
      heartbeatIntervalMs: 300,
      sessionTimeoutMs: 6_000,
      backoff: { firstMs: 20, longestMs: 200 },
      onHandlerFailed: (error) => this.failures.push(error),
      onLost: (error) => this.losses.push(error),
      ...options,
    });
    for (const topic of topics) {
      this.server.addHandler(
        topic,
        async (waiting: WaitingRecords) => {
          this.calls.push(waiting);
          await handler(waiting);
        },
        true,
      );
    }
    this.server.listen(() => undefined);
  }

  get records(): readonly IncomingRecord[] {
    return this.calls.flatMap(recordsOf);
  }

  get values(): readonly string[] {
    return this.records.map(valueOf);
  }

  get assigned(): readonly number[] {
    const last = this.calls.findLast(({ kind }) => kind !== 'records');
    return last?.kind === 'assigned' ? last.partitions : [];
  }

  /** The control of the newest assignment. */
  get control(): PartitionControl {
    const last = this.calls.findLast((call) => call.kind === 'assigned');
    if (last?.kind !== 'assigned') throw new Error('nothing was assigned yet');
    return last.control;
  }

  report() {
    return this.server.report();
  }

  close(): Promise<void> {
    return this.server.close();
  }

  async untilAssigned(partitions: number): Promise<void> {
    await eventually(`${String(partitions)} partitions assigned`, () => this.assigned.length === partitions);
  }

  async untilValues(count: number): Promise<void> {
    await eventually(`${String(count)} different records`, () => new Set(this.values).size >= count);
  }
}

export function recordsOf(waiting: WaitingRecords): readonly IncomingRecord[] {
  return waiting.kind === 'records' ? waiting.batches.flatMap(({ records }) => records) : [];
}

export function valueOf(record: IncomingRecord): string {
  return record.value?.toString('utf8') ?? '';
}

/** The offsets of the records of each partition, in the order in which they came. */
export function offsetsByPartition(records: readonly IncomingRecord[]): Map<number, bigint[]> {
  const offsets = new Map<number, bigint[]>();
  for (const { partition, offset } of records) offsets.set(partition, [...(offsets.get(partition) ?? []), offset]);
  return offsets;
}

export function ascending(offsets: readonly bigint[]): boolean {
  return offsets.every((offset, index) => index === 0 || offset > (offsets[index - 1] ?? -1n));
}

/** Does what no service does: with a connection of its own, on the names that the broker knows. */
export async function administer<T>({ brokers }: KafkaConfig, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Deletes the records of a partition before an offset, as retention does. */
export async function trim(config: KafkaConfig, topic: string, partition: number, before: bigint): Promise<void> {
  const name = `${config.topicPrefix ?? ''}${topic}`;
  await administer(config, async (admin) => {
    // kafkajs deletes records only of topics that it has looked up before.
    await admin.fetchTopicOffsets(name);
    await admin.deleteTopicRecords({ topic: name, partitions: [{ partition, offset: String(before) }] });
  });
}
