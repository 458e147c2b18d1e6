import { LOG_PARTITIONS } from '@ponte/event-log';
import type { TopicSpec } from '@ponte/kafka';

/** Ends of deliveries are small: ids, a status and a reason. */
export const MAX_RECORD_BYTES = 1_048_576;

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

export const deliveriesTopic: TopicSpec = {
  name: 'ponte.deliveries.v1',
  partitions: LOG_PARTITIONS,
  retentionMs: YEAR_MS,
  maxMessageBytes: MAX_RECORD_BYTES,
};
