import { type IncomingRecord, type Kafka, type PartitionOffsets, type StartOffset } from '@ponte/kafka';
import type { Sql } from '@ponte/service-kit';
import { judgeOffsets, type Checkpoint } from '../../checks/judge-partition.js';
import { judge, type Followed } from '../../consume/judge.js';
import { fromKafka, isUnreadable } from '../../headers.js';
import type { ReceivedRecord } from '../../record.js';
import { AdoptionRefused } from './adopter.js';

/** Where a partition of the log ends. */
export interface Head extends Followed {
  readonly partition: number;
}

/** From where a partition of the topic is read, to find what follows the log's end. */
export interface TailStart {
  readonly head: Head;
  readonly from: StartOffset;
}

export function readHeads(sql: Sql): Promise<Head[]> {
  return sql.query<Head>('SELECT partition, position, record_id AS "recordId" FROM event_log_heads ORDER BY partition');
}

/**
 * Where to read. A checkpoint that is ahead of the log (a relay that had not noticed the restore moved it) says nothing
 * about where the log's end lies in the topic: then all of the partition is read.
 */
export function tailStarts(
  heads: readonly Head[],
  checkpoints: readonly Checkpoint[],
  offsets: ReadonlyMap<number, PartitionOffsets>,
): TailStart[] {
  const byPartition = new Map(checkpoints.map((checkpoint) => [checkpoint.partition, checkpoint]));
  return heads.flatMap((head): TailStart[] => {
    const checkpoint = byPartition.get(head.partition);
    if (checkpoint === undefined) return [];
    const verdict = judgeOffsets(checkpoint, offsets.get(head.partition) ?? { low: 0n, high: 0n });
    return [{ head, from: checkpoint.position > head.position ? 'earliest' : verdict.from }];
  });
}

/**
 * Hands over what follows the log's end, each record once and in order. Everything else in the topic is a repeat.
 *
 * @param onNext records that continue the log; awaited
 * @param onRepeat a record at or below the position that its partition has been followed to
 * @throws AdoptionRefused `foreign`, `gap`, `fork`
 */
export async function readTail(
  kafka: Kafka,
  topic: string,
  source: string,
  starts: readonly TailStart[],
  onNext: (records: readonly ReceivedRecord[]) => void | Promise<void>,
  onRepeat: (record: ReceivedRecord) => void = () => undefined,
): Promise<void> {
  const followed = new Map<number, Followed>(starts.map(({ head }) => [head.partition, head]));
  const take = async (records: readonly IncomingRecord[]) => {
    const next: ReceivedRecord[] = [];
    for (const incoming of records) {
      const record = readOwn(incoming, source);
      const at = followed.get(record.partition);
      if (at === undefined) continue;
      switch (judge(at, record)) {
        case 'apply':
          followed.set(record.partition, { position: record.position, recordId: record.id });
          next.push(record);
          break;
        case 'skip':
          onRepeat(record);
          break;
        case 'gap':
          throw gap(at, record);
        case 'forked':
          throw forked(record);
      }
    }
    if (next.length > 0) await onNext(next);
  };
  const from = new Map(starts.map((start) => [start.head.partition, start.from]));
  if (from.size > 0) await kafka.readToEnd(topic, from, take);
}

function readOwn(incoming: IncomingRecord, source: string): ReceivedRecord {
  const record = fromKafka(incoming);
  const where = `Partition ${String(incoming.partition)} holds at offset ${String(incoming.offset)}`;
  if (isUnreadable(record)) {
    throw new AdoptionRefused('foreign', `${where} no record of a log (${record.header} is missing or unreadable).`);
  }
  if (record.source !== source) {
    throw new AdoptionRefused('foreign', `${where} a record of ${record.source}, and this is the log of ${source}.`);
  }
  return record;
}

function gap(at: Followed, found: ReceivedRecord): AdoptionRefused {
  return new AdoptionRefused(
    'gap',
    `Partition ${String(found.partition)}: the log ends at position ${String(at.position)}, and the next record that the ` +
      `topic has is ${String(found.position)}. What lies between is in no copy; restore a newer backup.`,
  );
}

export function forked(found: Pick<ReceivedRecord, 'partition' | 'position' | 'id'>): AdoptionRefused {
  return new AdoptionRefused(
    'fork',
    `Partition ${String(found.partition)}: the topic's record ${found.id} at position ${String(found.position)} does not ` +
      'continue this log: the database went on after it was restored, or the topic belongs to another installation. ' +
      'Nothing was adopted from it; check KAFKA_BROKERS, KAFKA_TOPIC_PREFIX and DATABASE_URL, or restore a backup that the ' +
      'topic continues.',
  );
}
