import { LOG_PARTITIONS } from '@ponte/event-log';
import type { TopicSpec } from '@ponte/kafka';

/** The largest record as it is in Kafka: a deal and its contact with everything that payloads ever said of them. */
export const maxRecordBytes = 4 * 1_048_576;

export const dealsTopic: TopicSpec = {
  name: 'ponte.deals.v1',
  partitions: LOG_PARTITIONS,
  // The log is the source of every projection: it is kept for ever.
  retentionMs: -1,
  maxMessageBytes: maxRecordBytes,
};
