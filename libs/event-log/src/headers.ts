import type { IncomingRecord, OutgoingRecord } from '@ponte/kafka';
import type { LogRecord, ReceivedRecord } from './record.js';

/**
 * A record as CloudEvents 1.0 in Kafka's binary content mode, with Ponte's extensions (their names are lower-case
 * alphanumerics, as the specification asks).
 *
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export function toKafka(record: LogRecord, source: string): OutgoingRecord {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: record.id,
    ce_type: record.type,
    ce_source: source,
    ce_subject: record.subject,
    ce_time: record.time.toISOString(),
    ce_ponteposition: String(record.position),
    ce_ponteworkspace: record.workspaceId,
    ce_pontecorrelation: record.correlationId,
    ce_pontehops: String(record.hops),
  };
  if (record.predecessorId !== null) headers['ce_pontepredecessor'] = record.predecessorId;
  if (record.causationId !== null) headers['ce_pontecausation'] = record.causationId;
  if (record.traceparent !== null) headers['traceparent'] = record.traceparent;
  return { partition: record.partition, key: record.workspaceId, headers, value: record.data };
}

/** Why something in the topic is no record of a log: a header that is missing or unreadable. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly offset: bigint;
  readonly header: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const POSITION = /^[1-9]\d{0,15}$/;
const HOPS = /^\d{1,4}$/;

/** Reads a record from its headers. What is no record of a log is named, never guessed at. */
export function fromKafka(incoming: IncomingRecord): ReceivedRecord | Unreadable {
  const { headers, offset } = incoming;
  const unreadable = (header: string): Unreadable => ({ kind: 'unreadable', offset, header });
  const position = headers['ce_ponteposition'];
  if (position === undefined || !POSITION.test(position)) return unreadable('ce_ponteposition');
  const id = headers['ce_id'];
  if (id === undefined || !UUID.test(id)) return unreadable('ce_id');
  const predecessorId = headers['ce_pontepredecessor'] ?? null;
  if (predecessorId !== null && !UUID.test(predecessorId)) return unreadable('ce_pontepredecessor');
  if ((predecessorId === null) !== (position === '1')) return unreadable('ce_pontepredecessor');
  const time = new Date(headers['ce_time'] ?? Number.NaN);
  if (Number.isNaN(time.getTime())) return unreadable('ce_time');
  const hops = headers['ce_pontehops'] ?? '0';
  if (!HOPS.test(hops)) return unreadable('ce_pontehops');
  const { ce_type: type, ce_ponteworkspace: workspaceId, ce_pontecorrelation: correlationId } = headers;
  if (type === undefined) return unreadable('ce_type');
  if (workspaceId === undefined) return unreadable('ce_ponteworkspace');
  return {
    id,
    type,
    workspaceId,
    subject: headers['ce_subject'] ?? '',
    time,
    data: incoming.value?.toString('utf8') ?? 'null',
    correlationId: correlationId ?? id,
    causationId: headers['ce_pontecausation'] ?? null,
    traceparent: headers['traceparent'] ?? null,
    hops: Number(hops),
    partition: incoming.partition,
    position: Number(position),
    predecessorId,
    offset,
    key: incoming.key,
    source: headers['ce_source'] ?? '',
  };
}

export function isUnreadable(read: ReceivedRecord | Unreadable): read is Unreadable {
  return 'kind' in read;
}
