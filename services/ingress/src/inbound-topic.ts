import { LOG_PARTITIONS } from '@ponte/event-log';
import type { TopicSpec } from '@ponte/kafka';

/** The largest record of the log as it is in Kafka. A payload has 1 MiB at most, and mapping takes parts of it. */
export const MAX_RECORD_BYTES = 2 * 1_048_576;

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

export const inboundTopic: TopicSpec = {
  name: 'ponte.inbound.v1',
  partitions: LOG_PARTITIONS,
  retentionMs: YEAR_MS,
  maxMessageBytes: MAX_RECORD_BYTES,
};
