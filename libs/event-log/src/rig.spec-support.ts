import { connectKafka, type IncomingRecord, type Kafka, type KafkaConfig } from '@ponte/kafka';
import { connectDatabase, runMigrations, type ConnectedDatabase } from '@ponte/service-kit';
import { createTestDatabase, testServers, testTopicPrefix, type TestDatabase } from '@ponte/testing';
import { randomUUID } from 'node:crypto';
import { EventLog, eventLogMigrations, type EventLogOptions, type NewRecord } from './index.js';

export const PARTITIONS = 4;
export const TOPIC = 'ponte.test.v1';
const PATIENCE_MS = 20_000;

export async function eventually(what: string, condition: () => boolean | Promise<boolean>, patienceMs = PATIENCE_MS) {
  const until = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`${what}: not within ${String(patienceMs)} ms`);
    await sleep(15);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A database with the protocol's tables, a Kafka with a prefix of its own, and the topic. */
export class Rig {
  private readonly closing: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly test: TestDatabase,
    readonly database: ConnectedDatabase,
    readonly kafkaConfig: KafkaConfig,
    readonly kafka: Kafka,
  ) {}

  static async open(servers = testServers(), makeTopic = true): Promise<Rig> {
    const test = await createTestDatabase(servers.databaseUrl);
    await runMigrations({ url: test.url }, eventLogMigrations);
    const database = await connectDatabase({ url: test.url });
    await database.query(
      'CREATE TABLE applied (seq bigint GENERATED ALWAYS AS IDENTITY, id uuid, partition int, position bigint, text text)',
    );
    const kafkaConfig = { brokers: servers.brokers, clientId: 'event-log-test', topicPrefix: testTopicPrefix() };
    const rig = new Rig(test, database, kafkaConfig, connectKafka(kafkaConfig));
    if (makeTopic) await rig.makeTopic();
    return rig;
  }

  async makeTopic(name = TOPIC): Promise<void> {
    await this.kafka.ensureTopic(
      { name, partitions: PARTITIONS, retentionMs: -1, maxMessageBytes: 1_000_000 },
      'create',
    );
  }

  /** A log on this rig, stopped with it. */
  log(options: Partial<EventLogOptions> = {}): EventLog {
    const log = new EventLog({ ...this.logOptions(), ...options });
    this.closeWith(() => log.stop());
    return log;
  }

  async startedLog(options: Partial<EventLogOptions> = {}): Promise<EventLog> {
    const log = this.log(options);
    await log.start();
    await log.gate.whenOpen(AbortSignal.timeout(PATIENCE_MS));
    return log;
  }

  logOptions(): EventLogOptions {
    return {
      database: this.database,
      kafka: this.kafka,
      source: 'ponte/test',
      topic: TOPIC,
      partitions: PARTITIONS,
      maxRecordBytes: 900_000,
      // Tests write to the topic themselves; those about this watch set it.
      watchMs: 3_600_000,
    };
  }

  /** Another pool to the same database, as another process would have. */
  async anotherDatabase(): Promise<ConnectedDatabase> {
    const database = await connectDatabase({ url: this.test.url });
    this.closeWith(() => database.close());
    return database;
  }

  closeWith(close: () => Promise<unknown>): void {
    this.closing.unshift(close);
  }

  async close(): Promise<void> {
    for (const close of this.closing) await close();
    await this.kafka.close();
    await this.database.close();
    await this.test.drop();
  }

  async topicRecords(topic = TOPIC): Promise<IncomingRecord[]> {
    const records: IncomingRecord[] = [];
    const from = new Map(Array.from({ length: PARTITIONS }, (_, partition) => [partition, 'earliest' as const]));
    await this.kafka.readToEnd(topic, from, (read) => void records.push(...read));
    return records;
  }
}

/** A workspace of every partition, for tests that need to choose one. */
export function workspaceIn(partition: number, log: EventLog): string {
  for (;;) {
    const id = randomUUID();
    if (log.partitionOf(id) === partition) return id;
  }
}

export function newRecord(workspaceId: string, text: string, more: Partial<NewRecord> = {}): NewRecord {
  return {
    id: randomUUID(),
    type: 'ponte.Said.v1',
    workspaceId,
    subject: `deal/${text}`,
    time: new Date('2026-01-02T03:04:05.678Z'),
    data: JSON.stringify({ text }),
    correlationId: randomUUID(),
    causationId: null,
    traceparent: null,
    hops: 0,
    ...more,
  };
}

/** Appends each text in one transaction, as a service would. */
export async function say(database: ConnectedDatabase, log: EventLog, workspaceId: string, texts: readonly string[]) {
  const records = await database.transaction((sql) =>
    log.append(
      sql,
      texts.map((text) => newRecord(workspaceId, text)),
    ),
  );
  return records;
}
