import { InboundAppliedV1, readEvent } from '@ponte/contracts';
import {
  AdoptionRefused,
  consumerOffset,
  fromKafka,
  isUnreadable,
  type LogRecord,
  type NewRecord,
  type ReceivedRecord,
} from '@ponte/event-log';
import type { Kafka } from '@ponte/kafka';
import type { Sql } from '@ponte/service-kit';
import { decideAgain, type ApplyContext } from '../apply-inbound/apply-records.js';
import { inboundConsumer, inboundTopic } from '../apply-inbound/inbound-consumer.js';

export interface FinishContext extends Omit<ApplyContext, 'log'> {
  readonly kafka: Kafka;
}

/**
 * The end of what an inbound record led to, where the topic of deals holds the beginning alone: the record is decided
 * again on the state before it, which comes out identical.
 *
 * @param told the beginning, at least one record
 * @throws AdoptionRefused where the inbound record is gone, or its decision comes out differently
 */
export async function finishInbound(
  sql: Sql,
  told: readonly LogRecord[],
  context: FinishContext,
): Promise<readonly NewRecord[]> {
  const [first] = told;
  if (!first || first.causationId === null) return [];
  const record = await findInbound(sql, context.kafka, first.partition, first.causationId);
  if (!record) throw unfinished(first, 'the inbound record is not in its topic any more');
  const all = await decideAgain(sql, record, appliedAtOf(told) ?? new Date().toISOString(), context);
  if (!told.every((one, index) => isSame(one, all[index]))) {
    throw unfinished(first, 'deciding it again comes out differently; start the version of the service that made them');
  }
  return all.slice(told.length).map((one) => ({ ...one, traceparent: first.traceparent }));
}

/** Inbound partition i leads to deals partition i. It lies behind where the consumer of before the backup had read to. */
async function findInbound(sql: Sql, kafka: Kafka, partition: number, id: string): Promise<ReceivedRecord | null> {
  const from = (await consumerOffset(sql, inboundConsumer, partition)) ?? 'earliest';
  let found: ReceivedRecord | null = null;
  await kafka.readToEnd(inboundTopic, new Map([[partition, from]]), (records) => {
    for (const one of records) {
      const record = fromKafka(one);
      if (!isUnreadable(record) && record.id === id) found = record;
    }
  });
  return found;
}

function appliedAtOf(told: readonly LogRecord[]): string | null {
  const outcome = told.find((record) => record.type === InboundAppliedV1.type);
  return outcome ? readEvent(InboundAppliedV1, JSON.parse(outcome.data)).appliedAt : null;
}

function isSame(one: LogRecord, again: NewRecord | undefined): boolean {
  return again?.id === one.id && again.type === one.type && again.subject === one.subject && again.data === one.data;
}

function unfinished(record: LogRecord, why: string): AdoptionRefused {
  return new AdoptionRefused(
    'unfinished_cause',
    `Partition ${String(record.partition)}: the topic lacks the end of what inbound record ${String(record.causationId)} ` +
      `led to, from position ${String(record.position)} on, and ${why}.`,
  );
}
