/** What is wrong between log and topic in one partition. Positions and ids only: nothing personal. */
export type Finding =
  /** The topic has a record that the log has not: the database was restored, or the topic is another installation's. */
  | { kind: 'ahead'; partition: number; offset: string; position: number; topicId: string; head: number }
  /** Another record stands at this position in the log. */
  | { kind: 'different'; partition: number; offset: string; position: number; topicId: string; logId: string }
  /** What stands where the checkpoint's record was is no record of a log. */
  | { kind: 'foreign'; partition: number; offset: string; header: string }
  /** The topic ends before the checkpoint: recreated, or truncated. */
  | { kind: 'behind'; partition: number; offset: string; high: string; position: number }
  /** Another record of the log stands where the checkpoint's was written: recreated or truncated, and written to since. */
  | { kind: 'displaced'; partition: number; offset: string; position: number; expected: number }
  /** Retention has taken records that were never compared: behind the checkpoint, or all of a topic that is new to the log. */
  | { kind: 'unknown_past'; partition: number; high: string }
  | { kind: 'topic_missing' };

export interface CheckReport {
  readonly state: 'passed' | 'halted';
  /** Null when passed. Says what happened and how to recover. */
  readonly reason: string | null;
  readonly findings: readonly Finding[];
}

/** Findings that are kept and shown; more of them say nothing new. */
export const MOST_FINDINGS = 50;

/** Turns findings into a verdict with its way out. */
export function reportOf(topic: string, findings: readonly Finding[]): CheckReport {
  const kept = findings.slice(0, MOST_FINDINGS);
  const [first] = kept;
  if (first === undefined) return { state: 'passed', reason: null, findings: [] };
  return { state: 'halted', reason: `${describe(topic, first)} ${cure(first)}`, findings: kept };
}

function describe(topic: string, finding: Finding): string {
  switch (finding.kind) {
    case 'ahead':
      return (
        `Topic ${topic}, partition ${String(finding.partition)}, holds position ${String(finding.position)} ` +
        `(record ${finding.topicId}), and the log ends at ${String(finding.head)}: the database was restored from a ` +
        `backup, or the topic belongs to another installation.`
      );
    case 'different':
      return (
        `Topic ${topic}, partition ${String(finding.partition)}, holds record ${finding.topicId} at position ` +
        `${String(finding.position)}, where the log has ${finding.logId}: the database was restored and went on, or the ` +
        `topic belongs to another installation.`
      );
    case 'foreign':
      return (
        `Topic ${topic}, partition ${String(finding.partition)}, holds at offset ${finding.offset} something that is ` +
        `no record of a log (${finding.header} is missing or unreadable).`
      );
    case 'behind':
      return (
        `Topic ${topic}, partition ${String(finding.partition)}, ends at offset ${finding.high}, and position ` +
        `${String(finding.position)} was written at ${finding.offset}: the topic was recreated or truncated.`
      );
    case 'displaced':
      return (
        `Topic ${topic}, partition ${String(finding.partition)}, holds position ${String(finding.position)} at offset ` +
        `${finding.offset}, where position ${String(finding.expected)} was written: the topic was recreated or truncated, ` +
        `and written to since.`
      );
    case 'unknown_past':
      return (
        `Topic ${topic}, partition ${String(finding.partition)}, ends at offset ${finding.high}, and retention has taken ` +
        `records behind this log's checkpoint: whether the log has them can't be told any more. The database was ` +
        `restored, or the relay was away for long, or the topic belongs to another installation.`
      );
    case 'topic_missing':
      return `Topic ${topic} does not exist.`;
  }
}

function cure(finding: Finding): string {
  switch (finding.kind) {
    case 'ahead':
      return (
        'Nothing is appended until they agree. Check KAFKA_BROKERS, KAFKA_TOPIC_PREFIX and DATABASE_URL; if the database ' +
        'was restored, take back what the topic has: POST /v1/operations/log/adopt with the reason.'
      );
    case 'different':
      return (
        'Nothing is appended until they agree. Check KAFKA_BROKERS, KAFKA_TOPIC_PREFIX and DATABASE_URL; if the database ' +
        'was restored, restore it to its latest state.'
      );
    case 'unknown_past':
      return (
        'Nothing is appended until an operator has looked. Compare the positions of this topic’s consumers with the ends ' +
        'of the log (GET /v1/operations/consumers, /v1/operations/log): where none is further than the log, republish the ' +
        'partition from the position after its checkpoint; else restore the database to its latest state.'
      );
    case 'foreign':
      return (
        'Nothing is appended until an operator has looked. Find out who writes to this topic besides the relay; then ' +
        'republish the partition from the position after its checkpoint (POST /v1/operations/log/republish).'
      );
    case 'behind':
    case 'displaced':
      return (
        'Nothing is appended until an operator has sent the missing records again: POST /v1/operations/log/republish with ' +
        'the partition and the first position that consumers lack; then resume stopped consumers at the offset that it answers.'
      );
    case 'topic_missing':
      return 'Create it as the configuration says, or restart with KAFKA_TOPICS=create; nothing is appended until then.';
  }
}
