import { setTimeout as delay } from 'node:timers/promises';
import { KafkaError, type Kafka, type TopicSpec } from '@ponte/kafka';
import type { KafkaSettings, Logger } from '@ponte/service-kit';

/** Fixed for the life of an installation: a log's partition is its topic's. */
export const partitions = 24;

/** The largest record as it is in Kafka: a deal and its contact with everything that payloads ever said of them. */
export const maxRecordBytes = 4 * 1_048_576;

export const dealsTopic: TopicSpec = {
  name: 'ponte.deals.v1',
  partitions,
  // The log is the source of every projection: it is kept for ever.
  retentionMs: -1,
  maxMessageBytes: maxRecordBytes,
};

const retryMs = 2_000;

/** `later` settles when a Kafka that was away was found, and rejects where its topic does not fit. */
export type Ensured = { readonly kind: 'ready' } | { readonly kind: 'away'; readonly later: Promise<void> };

/**
 * Makes or checks the topic. Where Kafka is away, that is done as soon as it is there: reading needs no Kafka, and
 * until then nothing is appended.
 *
 * @throws KafkaError `topic_mismatch`, `topic_missing`, `not_authorized`: the installation is to be mended
 */
export async function ensureDealsTopic(
  kafka: Kafka,
  settings: KafkaSettings,
  log: Logger,
  signal: AbortSignal,
): Promise<Ensured> {
  if (await isEnsured(kafka, settings, log)) return { kind: 'ready' };
  const keepTrying = async () => {
    do await delay(retryMs, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted && !(await isEnsured(kafka, settings, log)));
  };
  return { kind: 'away', later: keepTrying() };
}

/** @returns false where Kafka is away */
async function isEnsured(kafka: Kafka, { topics, replicationFactor }: KafkaSettings, log: Logger): Promise<boolean> {
  const spec = replicationFactor === undefined ? dealsTopic : { ...dealsTopic, replicationFactor };
  try {
    const { warnings } = await kafka.ensureTopic(spec, topics);
    for (const warning of warnings) log.warn(warning, 'a topic is not as it should be');
    return true;
  } catch (error) {
    if (!(error instanceof KafkaError) || error.kind !== 'unavailable') throw error;
    log.warn({ error }, 'Kafka is away');
    return false;
  }
}
