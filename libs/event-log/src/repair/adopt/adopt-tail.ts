import { isInfrastructureError, type Database, type Sql } from '@ponte/service-kit';
import type { Kafka } from '@ponte/kafka';
import type { Checkpoint } from '../../checks/judge-partition.js';
import { errorFacts } from '../../consume/error-facts.js';
import type { LogRecord, NewRecord, ReceivedRecord } from '../../record.js';
import { Fenced } from '../../relay/lease.js';
import { AdoptionRefused, causeOf, type Adopter } from './adopter.js';
import { readHeads, readTail, tailStarts, type Head, type TailStart } from './tail.js';
import { verifyTail } from './verify-tail.js';
import { insertAdopted, keepLosses, lockForAdoption, noteAdopted, type AdoptedEnd } from './write-adopted.js';

export interface AdoptionWork {
  readonly database: Database;
  readonly kafka: Kafka;
  readonly topic: string;
  readonly source: string;
  readonly adopter: Adopter;
  readonly checkpoints: readonly Checkpoint[];
  readonly id: number;
  readonly epoch: number;
}

/** One transaction takes so many records, or so many bytes of data, and what is left of the causes that these begin. */
const CHUNK_RECORDS = 2_000;
const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Takes back what the topic has and the log lacks. The relay calls it while nothing of its own is in flight and the last
 * check has halted it, so nobody appends. The tail is verified as a whole before anything is written; a process that
 * dies on the way leaves whole chunks, and the next one goes on behind them.
 *
 * @returns how many records were adopted
 * @throws AdoptionRefused; Fenced when another relay took over; errors of the infrastructure: then it is tried again
 */
export async function adoptTail(work: AdoptionWork): Promise<number> {
  const { database, kafka, topic, source, checkpoints } = work;
  const starts = tailStarts(await readHeads(database), checkpoints, await kafka.offsets(topic));
  const count = await verifyTail(kafka, database, topic, source, starts);
  const adopting = new Adopting(work, starts);
  await readTail(kafka, topic, source, starts, (records) => adopting.take(records));
  await adopting.finish();
  return count;
}

class Adopting {
  private readonly heads: Map<number, Head>;
  private waiting = new Map<number, ReceivedRecord[]>();
  private records = 0;
  private bytes = 0;

  constructor(
    private readonly work: AdoptionWork,
    starts: readonly TailStart[],
  ) {
    this.heads = new Map(starts.map(({ head }) => [head.partition, head]));
  }

  async take(records: readonly ReceivedRecord[]): Promise<void> {
    for (const record of records) {
      const waiting = this.waiting.get(record.partition);
      if (waiting === undefined) this.waiting.set(record.partition, [record]);
      else waiting.push(record);
      this.records += 1;
      this.bytes += record.data.length;
    }
    if (this.records >= CHUNK_RECORDS || this.bytes >= CHUNK_BYTES) await this.adoptWholeCauses();
  }

  /** All that is left: what comes before each partition's last cause, and then the last causes, which may lack their end. */
  async finish(): Promise<void> {
    await this.adoptWholeCauses();
    const last = inOrder(this.waiting);
    if (last.length > 0) await this.adopt(last, (sql) => this.missing(sql));
  }

  /** The last cause of each partition stays: whether it is whole shows at the end alone. */
  private async adoptWholeCauses(): Promise<void> {
    const whole = new Map<number, ReceivedRecord[]>();
    const rest = new Map<number, ReceivedRecord[]>();
    for (const [partition, records] of this.waiting) {
      const begins = beginOfLastCause(records);
      whole.set(partition, records.slice(0, begins));
      rest.set(partition, records.slice(begins));
    }
    const records = inOrder(whole);
    if (records.length > 0) await this.adopt(records, () => Promise.resolve([]));
    this.waiting = rest;
    this.records = 0;
    this.bytes = 0;
  }

  private async adopt(
    records: readonly ReceivedRecord[],
    completed: (sql: Sql) => Promise<readonly LogRecord[]>,
  ): Promise<void> {
    const { database, adopter, id } = this.work;
    const ends = endsOf(records);
    const heads = ends.flatMap(({ partition }) => this.heads.get(partition) ?? []);
    const behind = await this.answering(() =>
      database.transaction(async (sql) => {
        await lockForAdoption(sql, heads);
        const behind = await completed(sql);
        const all = [...records, ...behind].sort((a, b) => a.partition - b.partition || a.position - b.position);
        await insertAdopted(sql, all);
        await keepLosses(sql, id, await adopter.evolve(sql, all));
        await noteAdopted(sql, this.work, ends, countByPartition(behind));
        return behind;
      }),
    );
    for (const { partition, position, id: recordId } of [...records, ...behind]) {
      this.heads.set(partition, { partition, position, recordId });
    }
  }

  /** What the last causes lack, in its place. */
  private async missing(sql: Sql): Promise<LogRecord[]> {
    const { adopter } = this.work;
    const missing: LogRecord[] = [];
    for (const cause of this.waiting.values()) {
      let last: LogRecord | undefined = cause.at(-1);
      if (last === undefined) continue;
      for (const record of (await adopter.complete?.(sql, cause)) ?? []) {
        last = placedBehind(last, record);
        missing.push(last);
      }
    }
    return missing;
  }

  private async answering<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AdoptionRefused || error instanceof Fenced || isInfrastructureError(error)) throw error;
      const { code, name } = errorFacts(error, null);
      throw new AdoptionRefused(
        'not_evolved',
        `The service could not evolve its state from the records (${code ?? name}); nothing more was adopted. Its log says ` +
          'more. Start the version of the service that wrote them, and adopt again.',
        { cause: error },
      );
    }
  }
}

function placedBehind(last: LogRecord, record: NewRecord): LogRecord {
  return { ...record, partition: last.partition, position: last.position + 1, predecessorId: last.id };
}

function beginOfLastCause(records: readonly ReceivedRecord[]): number {
  const last = records.at(-1);
  if (last === undefined) return 0;
  const cause = causeOf(last);
  return records.findLastIndex((record) => causeOf(record) !== cause) + 1;
}

function endsOf(records: readonly ReceivedRecord[]): AdoptedEnd[] {
  const ends = new Map<number, AdoptedEnd>();
  for (const record of records) {
    const { partition, position, offset } = record;
    const firstPosition = ends.get(partition)?.firstPosition ?? position;
    ends.set(partition, { partition, firstPosition, last: record, offset });
  }
  return [...ends.values()];
}

function inOrder(partitions: ReadonlyMap<number, readonly ReceivedRecord[]>): ReceivedRecord[] {
  return [...partitions].sort(([a], [b]) => a - b).flatMap(([, records]) => records);
}

function countByPartition(records: readonly LogRecord[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { partition } of records) counts.set(partition, (counts.get(partition) ?? 0) + 1);
  return counts;
}
