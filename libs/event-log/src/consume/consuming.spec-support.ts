import type { IncomingRecord, PartitionControl } from '@ponte/kafka';
import { WaitingRecordsServer, type WaitingRecords } from '@ponte/kafka';
import type { Sql } from '@ponte/service-kit';
import { LogConsumer, type LogConsumerOptions, type ReceivedRecord } from '../index.js';
import { TOPIC, type Rig } from '../rig.spec-support.js';

const textOf = (record: ReceivedRecord): string => {
  const data: unknown = JSON.parse(record.data);
  return typeof data === 'object' && data !== null && 'text' in data ? String(data.text) : '';
};

/** Writes what it is given into the table `applied`, and fails where the text asks for it. */
export async function applyToTable(sql: Sql, records: readonly ReceivedRecord[]): Promise<void> {
  for (const record of records) {
    if (textOf(record).startsWith('poison')) throw new TypeError(`cannot read «${textOf(record)}»`);
  }
  await sql.query(
    `INSERT INTO applied (id, partition, position, text)
     SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::text[])`,
    [
      records.map((record) => record.id),
      records.map((record) => record.partition),
      records.map((record) => record.position),
      records.map(textOf),
    ],
  );
}

export function consumerOptions(rig: Rig, more: Partial<LogConsumerOptions> = {}): LogConsumerOptions {
  return {
    database: rig.database,
    name: 'test.consumer',
    topic: TOPIC,
    apply: applyToTable,
    knownTypes: new Map([['ponte.Said', 1]]),
    stoppedPollMs: 100,
    ...more,
  };
}

/** A consumer with a real group behind it, as a service runs it. */
export class RunningConsumer {
  readonly consumer: LogConsumer;
  readonly failures: unknown[] = [];
  readonly server: WaitingRecordsServer;
  private closed = false;

  constructor(rig: Rig, more: Partial<LogConsumerOptions> = {}, groupId = more.name ?? 'test.consumer') {
    this.consumer = new LogConsumer(consumerOptions(rig, more));
    this.server = new WaitingRecordsServer({
      kafka: rig.kafkaConfig,
      groupId,
      heartbeatIntervalMs: 300,
      sessionTimeoutMs: 6_000,
      backoff: { firstMs: 20, longestMs: 200 },
      onHandlerFailed: (error) => this.failures.push(error),
    });
    this.server.addHandler(TOPIC, (waiting: WaitingRecords) => this.consumer.handle(waiting), true);
    this.server.listen(() => undefined);
    rig.closeWith(() => this.close());
  }

  get partitions(): readonly number[] {
    return this.server.report().partitions.get(TOPIC) ?? [];
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.server.close();
  }
}

/** Hands records over by hand, to reach what a broker brings only by chance. Remembers what was asked of it. */
export class HandControl implements PartitionControl {
  readonly seeks: [number, bigint | 'earliest'][] = [];
  readonly paused = new Set<number>();
  readonly committed = new Map<number, bigint>();
  readonly gone = new Set<number>();

  seek(partition: number, offset: bigint | 'earliest'): Promise<void> {
    this.seeks.push([partition, offset]);
    return Promise.resolve();
  }
  pause(partition: number): void {
    this.paused.add(partition);
  }
  resume(partition: number): void {
    this.paused.delete(partition);
  }
  isCurrent(partition: number): boolean {
    return !this.gone.has(partition);
  }
  commit(partition: number, nextOffset: bigint): void {
    this.committed.set(partition, nextOffset);
  }
}

/** A `records` call out of any records, split by partition. */
export function handOver(records: readonly IncomingRecord[], control: PartitionControl): WaitingRecords {
  const partitions = [...new Set(records.map((record) => record.partition))].sort((a, b) => a - b);
  const batches = partitions.map((partition) => {
    const own = records.filter((record) => record.partition === partition);
    return { partition, records: own, highWatermark: (own[own.length - 1]?.offset ?? -1n) + 1n };
  });
  return { kind: 'records', topic: TOPIC, batches, control };
}

export async function appliedTexts(rig: Rig, partition?: number): Promise<string[]> {
  const rows = await rig.database.query<{ text: string }>(
    'SELECT text FROM applied WHERE $1::int IS NULL OR partition = $1 ORDER BY seq',
    [partition ?? null],
  );
  return rows.map((row) => row.text);
}
