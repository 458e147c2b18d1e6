import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { IncomingRecord } from '../port.js';

/** Takes a fetched message into the port's shape. */
export function toIncomingRecord(partition: number, message: KafkaMessage): IncomingRecord {
  return {
    partition,
    offset: BigInt(message.offset),
    key: message.key === null ? null : message.key.toString('utf8'),
    headers: toHeaders(message.headers),
    value: message.value,
    timestampMs: Number(message.timestamp),
  };
}

function toHeaders(headers: IHeaders | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) texts[name] = typeof last === 'string' ? last : last.toString('utf8');
  }
  return texts;
}
