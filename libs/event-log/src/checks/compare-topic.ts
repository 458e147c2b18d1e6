import { KafkaError, type IncomingRecord, type Kafka, type PartitionOffsets, type StartOffset } from '@ponte/kafka';
import type { Sql } from '@ponte/service-kit';
import { fromKafka, isUnreadable } from '../headers.js';
import { MOST_FINDINGS, reportOf, type CheckReport, type Finding } from './check-report.js';
import { differencesFromLog, type Difference, type Seen } from './differences-from-log.js';
import { judgeOffsets, standsInPlaceOf, type Checkpoint } from './judge-partition.js';

/** So many records of the topic are compared with the log in one query. */
const COMPARE_AT = 2_000;

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
    await kafka.readToEnd(topic, from, (records) => comparison.take(records));
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
  private displaced: Extract<Finding, { kind: 'displaced' }>[] = [];

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
      from.set(partition, verdict.from);
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
      const { position: expected } = checkpoint;
      this.displaced.push({
        kind: 'displaced',
        partition,
        offset: String(read.offset),
        position: read.position,
        expected,
      });
    }
    this.seen.push({ partition, position: read.position, id: read.id, offset: read.offset });
  }

  async finish(): Promise<void> {
    const { seen, displaced } = this;
    this.seen = [];
    this.displaced = [];
    const found = (await differencesFromLog(this.sql, seen, MOST_FINDINGS)).map(findingOf);
    // That it stands elsewhere matters where the log knows it; otherwise the matter is that the log does not.
    const known = displaced.filter(({ partition, offset }) => !found.some((one) => isAt(one, partition, offset)));
    this.findings.push(...found, ...known);
  }
}

function isAt(finding: Extract<Finding, { kind: 'ahead' | 'different' }>, partition: number, offset: string): boolean {
  return finding.partition === partition && finding.offset === offset;
}

function findingOf(difference: Difference): Extract<Finding, { kind: 'ahead' | 'different' }> {
  const { partition, position, topicId, logId, head } = difference;
  const offset = String(difference.offset);
  return logId === null
    ? { kind: 'ahead', partition, offset, position, topicId, head }
    : { kind: 'different', partition, offset, position, topicId, logId };
}
