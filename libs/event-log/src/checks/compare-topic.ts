import { KafkaError, type IncomingRecord, type Kafka, type PartitionOffsets, type StartOffset } from '@ponte/kafka';
import type { Sql } from '@ponte/service-kit';
import { plainArray } from '../append/array-literal.js';
import { fromKafka, isUnreadable } from '../headers.js';
import { MOST_FINDINGS, reportOf, type CheckReport, type Finding } from './check-report.js';
import { judgeOffsets, standsInPlaceOf, type Checkpoint } from './judge-partition.js';

/** So many records of the topic are compared with the log in one query. */
const COMPARE_AT = 2_000;

interface Seen {
  partition: number;
  position: number;
  id: string;
  offset: bigint;
}

/**
 * Compares the tail of every topic partition, from its checkpoint on, with the log. All of the tail and not its last
 * record alone: relays of the past may have repeated themselves there. Memory is bounded, however long the tail.
 *
 * The topic is read before the log is asked: whatever is in the topic was in the log before it was sent, so appends and
 * repeats that happen meanwhile are no finding.
 *
 * @throws KafkaError when the topic could not be read: then nothing is known
 */
export async function compareTopic(
  kafka: Kafka,
  sql: Sql,
  topic: string,
  checkpoints: readonly Checkpoint[],
): Promise<CheckReport> {
  const comparison = new Comparison(sql, checkpoints);
  try {
    const offsets = await kafka.offsets(topic);
    const from = comparison.judge(offsets);
    if (from.size > 0) await kafka.readToEnd(topic, from, (records) => comparison.take(records));
    await comparison.finish();
  } catch (error) {
    if (!(error instanceof KafkaError) || error.kind !== 'topic_missing') throw error;
    return reportOf(topic, [{ kind: 'topic_missing' }]);
  }
  return reportOf(topic, comparison.findings);
}

class Comparison {
  readonly findings: Finding[] = [];
  private readonly checkpoints: ReadonlyMap<number, Checkpoint>;
  private seen: Seen[] = [];

  constructor(
    private readonly sql: Sql,
    checkpoints: readonly Checkpoint[],
  ) {
    this.checkpoints = new Map(checkpoints.map((checkpoint) => [checkpoint.partition, checkpoint]));
  }

  judge(offsets: ReadonlyMap<number, PartitionOffsets>): Map<number, StartOffset> {
    const from = new Map<number, StartOffset>();
    for (const [partition, checkpoint] of this.checkpoints) {
      const verdict = judgeOffsets(checkpoint, offsets.get(partition) ?? { low: 0n, high: 0n });
      if (verdict.kind === 'halted') this.findings.push(verdict.finding);
      if (verdict.from !== null) from.set(partition, verdict.from);
    }
    return from;
  }

  async take(records: readonly IncomingRecord[]): Promise<void> {
    if (this.findings.length >= MOST_FINDINGS) return;
    for (const record of records) this.look(record);
    if (this.seen.length >= COMPARE_AT) await this.finish();
  }

  private look(record: IncomingRecord): void {
    const { partition } = record;
    const read = fromKafka(record);
    if (isUnreadable(read)) {
      this.findings.push({ kind: 'foreign', partition, offset: String(read.offset), header: read.header });
      return;
    }
    const checkpoint = this.checkpoints.get(partition);
    if (checkpoint !== undefined && standsInPlaceOf(checkpoint, read)) {
      const logId = checkpoint.recordId ?? 'none';
      const { position, id: topicId } = read;
      this.findings.push({ kind: 'different', partition, offset: String(read.offset), position, topicId, logId });
      return;
    }
    this.seen.push({ partition, position: read.position, id: read.id, offset: read.offset });
  }

  async finish(): Promise<void> {
    const { seen } = this;
    this.seen = [];
    if (seen.length === 0) return;
    const rows = await this.sql.query<UnknownRecord>(NOT_IN_LOG, [
      plainArray(seen.map((record) => record.partition)),
      plainArray(seen.map((record) => record.position)),
      plainArray(seen.map((record) => record.id)),
      plainArray(seen.map((record) => record.offset)),
      MOST_FINDINGS,
    ]);
    this.findings.push(...rows.map(findingOf));
  }
}

interface UnknownRecord {
  partition: number;
  position: number;
  topic_id: string;
  topic_offset: number;
  log_id: string | null;
  head: number;
}

function findingOf(row: UnknownRecord): Finding {
  const { partition, position, topic_id: topicId, head } = row;
  const offset = String(row.topic_offset);
  return row.log_id === null
    ? { kind: 'ahead', partition, offset, position, topicId, head }
    : { kind: 'different', partition, offset, position, topicId, logId: row.log_id };
}

/** What the log has trimmed away can't be compared any more. Index: the primary key of event_log. */
const NOT_IN_LOG = `
  SELECT t.partition, t.position, t.record_id AS topic_id, t.topic_offset, l.record_id AS log_id, h.position AS head
    FROM unnest($1::int[], $2::bigint[], $3::uuid[], $4::bigint[]) AS t (partition, position, record_id, topic_offset)
    JOIN event_log_heads h ON h.partition = t.partition
    LEFT JOIN event_log l ON l.partition = t.partition AND l.position = t.position
   WHERE l.record_id IS DISTINCT FROM t.record_id
     AND NOT (l.record_id IS NULL AND t.position <= h.position
              AND t.position < (SELECT min(o.position) FROM event_log o WHERE o.partition = t.partition))
   ORDER BY t.partition, t.topic_offset
   LIMIT $5`;
