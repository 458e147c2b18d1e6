import type { PartitionOffsets } from '@ponte/kafka';
import type { Database } from '@ponte/service-kit';
import type { ConsumerKey } from '../consume/consumer-rows.js';
import type { LogConsumer } from '../consume/log-consumer.js';
import type { PartitionStatus } from '../consume/status.js';
import type { ConsumerRowStatus, Stop } from '../consume/stop.js';
import { lagOf, stoppedFor } from '../observe/lag.js';

/** A partition of a consumer, whichever instance has it. */
export interface ConsumerView {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly status: ConsumerRowStatus;
  /** Of the last record followed. */
  readonly position: number;
  readonly nextOffset: number | null;
  /** What was expected and what was found. */
  readonly stop: Stop | null;
  readonly stoppedAt: Date | null;
  /** Unresolved dead letters. */
  readonly parked: number;
  /** Records of the topic that were not followed yet; null: Kafka can't be asked. */
  readonly lagRecords: number | null;
  /** How far behind in time; null: another instance has the partition. */
  readonly lagSeconds: number | null;
  readonly movedAt: Date;
}

type Row = Omit<ConsumerView, 'lagRecords' | 'lagSeconds'>;

/** Asks Kafka where a topic's partitions begin and end. */
export type AskOffsets = (topic: string) => Promise<ReadonlyMap<number, PartitionOffsets>>;

/** Every partition that a consumer of this database ever had, with its lag as Kafka says it now. */
export async function listConsumers(
  database: Database,
  consumers: readonly LogConsumer[],
  askOffsets: AskOffsets,
): Promise<ConsumerView[]> {
  const topics = [...new Set(consumers.map((consumer) => consumer.key.topic))];
  const [rows, ...offsets] = await Promise.all([
    database.query<Row>(ROWS),
    // The rows are worth an answer when Kafka is away: that may be why somebody looks.
    ...topics.map((topic) => askOffsets(topic).catch(() => new Map<number, PartitionOffsets>())),
  ]);
  const offsetsOf = new Map(topics.map((topic, index) => [topic, offsets[index]]));
  const here = new Map(
    consumers.flatMap((consumer) => consumer.status().partitions.map((one) => [nameOf(consumer.key, one), one])),
  );
  return rows.map((row) => {
    const lagRecords = recordsBehind(row, offsetsOf.get(row.topic)?.get(row.partition));
    return { ...row, lagRecords, lagSeconds: secondsBehind(row, lagRecords, here.get(nameOf(row, row))) };
  });
}

function nameOf({ consumer, topic }: ConsumerKey, { partition }: { readonly partition: number }): string {
  return `${consumer} ${topic} ${String(partition)}`;
}

function recordsBehind({ nextOffset }: Row, known: PartitionOffsets | undefined): number | null {
  if (known === undefined) return null;
  const from = nextOffset === null ? known.low : BigInt(nextOffset);
  return Math.max(0, Number(known.high - from));
}

function secondsBehind(row: Row, lagRecords: number | null, here: PartitionStatus | undefined): number | null {
  if (row.stop !== null) return stoppedFor(row.stop, Date.now());
  if (lagRecords === 0) return 0;
  return here === undefined ? null : lagOf(here, Date.now()).seconds;
}

const ROWS = `
  SELECT consumer, topic, partition, status, position, next_offset AS "nextOffset", stopped AS stop,
         stopped_at AS "stoppedAt", parked, moved_at AS "movedAt"
    FROM event_log_consumers ORDER BY consumer, topic, partition`;
