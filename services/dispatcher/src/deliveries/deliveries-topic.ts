import { setTimeout as delay } from 'node:timers/promises';
import { KafkaError, type Kafka, type TopicSpec } from '@ponte/kafka';
import type { KafkaSettings, Logger } from '@ponte/service-kit';

/** Fixed for the life of an installation. */
export const PARTITIONS = 24;

/** Ends of deliveries are small: ids, a status and a reason. */
export const MAX_RECORD_BYTES = 1_048_576;

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

export const deliveriesTopic: TopicSpec = {
  name: 'ponte.deliveries.v1',
  partitions: PARTITIONS,
  retentionMs: YEAR_MS,
  maxMessageBytes: MAX_RECORD_BYTES,
};

const RETRY_MS = 2_000;

/**
 * Makes or checks the topic, and waits for a Kafka that is away: deliveries go on meanwhile.
 *
 * @returns once the first try is over; `settled` follows the later ones
 * @throws KafkaError of the first try, unless Kafka was only away
 */
export async function ensureDeliveriesTopic(
  kafka: Kafka,
  settings: Pick<KafkaSettings, 'topics' | 'replicationFactor'>,
  log: Logger,
  signal: AbortSignal,
): Promise<{ readonly settled: Promise<void> }> {
  const { topics, replicationFactor } = settings;
  const spec = { ...deliveriesTopic, ...(replicationFactor === undefined ? {} : { replicationFactor }) };
  const tryOnce = async (): Promise<boolean> => {
    try {
      const report = await kafka.ensureTopic(spec, topics);
      for (const warning of report.warnings) log.warn(warning, 'a topic is not as it should be');
      return true;
    } catch (error) {
      if (error instanceof KafkaError && error.kind === 'unavailable') return false;
      throw error;
    }
  };
  if (await tryOnce()) return { settled: Promise.resolve() };
  log.warn({ topic: spec.name }, 'Kafka is away; deliveries go on, and their ends are told later');
  const keepTrying = async (): Promise<void> => {
    do await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted && !(await tryOnce()));
  };
  return { settled: keepTrying() };
}
