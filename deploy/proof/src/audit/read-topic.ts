import type { IncomingRecord, Kafka } from '@ponte/kafka';
import type { TopicRecord } from './facts.js';

/** Every record of a topic, from the earliest to the end as it is now. */
export async function readTopic(kafka: Kafka, topic: string): Promise<TopicRecord[]> {
  const offsets = await kafka.offsets(topic);
  const records: TopicRecord[] = [];
  const fromEarliest = new Map([...offsets.keys()].map((partition) => [partition, 'earliest' as const]));
  await kafka.readToEnd(topic, fromEarliest, (batch) => {
    for (const record of batch) records.push(toTopicRecord(record));
  });
  return records;
}

/** Reads the headers by themselves, as any consumer of the topic would: the audit shares no code with what it judges. */
function toTopicRecord(record: IncomingRecord): TopicRecord {
  const { headers } = record;
  return {
    partition: record.partition,
    offset: record.offset,
    position: Number(headers['ce_ponteposition']),
    id: headers['ce_id'] ?? '',
    predecessorId: headers['ce_pontepredecessor'] ?? null,
    name: /^ponte\.(\w+)\.v\d+$/.exec(headers['ce_type'] ?? '')?.[1] ?? '',
    causationId: headers['ce_pontecausation'] ?? null,
    data: JSON.parse(record.value?.toString('utf8') ?? 'null'),
  };
}
