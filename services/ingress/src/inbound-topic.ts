import { KafkaError, type Kafka, type TopicSpec } from '@ponte/kafka';
import type { KafkaSettings, Logger } from '@ponte/service-kit';
import { setTimeout as delay } from 'node:timers/promises';

/** Fixed for the life of an installation. */
export const PARTITIONS = 24;

/** The largest record of the log as it is in Kafka. A payload has 1 MiB at most, and mapping takes parts of it. */
export const MAX_RECORD_BYTES = 2 * 1_048_576;

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

export const inboundTopic: TopicSpec = {
  name: 'ponte.inbound.v1',
  partitions: PARTITIONS,
  retentionMs: YEAR_MS,
  maxMessageBytes: MAX_RECORD_BYTES,
};

const RETRY_MS = 1_000;

/**
 * Makes or checks the topic. A Kafka that is away is waited for in the background, as payloads are accepted without it;
 * one that is there and does not fit is a mistake in the installation.
 *
 * @param onMismatch told where that only shows later
 * @throws KafkaError `topic_mismatch`, `topic_missing`, `not_authorized` of the first try
 */
export async function ensureInboundTopic(
  kafka: Kafka,
  settings: Pick<KafkaSettings, 'topics' | 'replicationFactor'>,
  log: Logger,
  signal: AbortSignal,
  onMismatch: (error: unknown) => void,
): Promise<void> {
  const { topics, replicationFactor } = settings;
  const spec = { ...inboundTopic, ...(replicationFactor === undefined ? {} : { replicationFactor }) };
  const ensure = async (): Promise<void> => {
    const { warnings } = await kafka.ensureTopic(spec, topics);
    for (const warning of warnings) log.warn(warning, 'a topic is not as it should be');
  };
  try {
    await ensure();
  } catch (error) {
    if (!isAway(error)) throw error;
    log.warn({ error }, 'Kafka is away; payloads are accepted and held meanwhile');
    void keepTrying(ensure, signal).catch(onMismatch);
  }
}

async function keepTrying(ensure: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await ensure();
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof KafkaError && error.kind === 'unavailable';
}
