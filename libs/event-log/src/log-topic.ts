import { KafkaError, type Kafka, type TopicSpec } from '@ponte/kafka';
import { messageOf, type HealthRegistry, type KafkaSettings } from '@ponte/service-kit';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProtocolLog } from './protocol-log.js';

/** Partitions of every log and its topic: fixed for the life of an installation. */
export const LOG_PARTITIONS = 24;

/** While Kafka is away it is looked for so often. */
const RETRY_MS = 1_000;

export interface EnsuredTopic {
  readonly kafka: Kafka;
  readonly spec: TopicSpec;
  readonly settings: Pick<KafkaSettings, 'topics' | 'replicationFactor'>;
  readonly log: ProtocolLog;
  /** Ends the waiting for Kafka. */
  readonly signal: AbortSignal;
}

/**
 * Makes or checks the topic of a log. A Kafka that is away is waited for in the background, since a service does much
 * without it; nothing is appended before log and topic could be compared.
 *
 * @returns once the first try is over; `settled` follows the later ones and rejects where the topic turns out not to fit
 * @throws KafkaError `topic_mismatch`, `topic_missing`, `not_authorized` of the first try: the installation is to be mended
 */
export async function ensureLogTopic(topic: EnsuredTopic): Promise<{ readonly settled: Promise<void> }> {
  if (await isEnsured(topic)) return { settled: Promise.resolve() };
  topic.log.warn({ topic: topic.spec.name }, 'Kafka is away and is waited for');
  return { settled: keepTrying(topic) };
}

async function keepTrying(topic: EnsuredTopic): Promise<void> {
  do await delay(RETRY_MS, undefined, { signal: topic.signal }).catch(() => undefined);
  while (!topic.signal.aborted && !(await isEnsured(topic)));
}

/** @returns false where Kafka is away */
async function isEnsured({ kafka, spec, settings, log }: EnsuredTopic): Promise<boolean> {
  const { topics, replicationFactor } = settings;
  try {
    const wanted = replicationFactor === undefined ? spec : { ...spec, replicationFactor };
    const { warnings } = await kafka.ensureTopic(wanted, topics);
    for (const warning of warnings) log.warn(warning, 'a topic is not as it should be');
    return true;
  } catch (error) {
    if (error instanceof KafkaError && error.kind === 'unavailable') return false;
    throw error;
  }
}

/** As `ensureLogTopic`, for a service that goes on: what shows later is an operator's matter, and stands in /health/status. */
export async function ensureReportedTopic(topic: EnsuredTopic, health: HealthRegistry): Promise<void> {
  let mismatch: string | null = null;
  health.addStatus('topic', () =>
    mismatch === null ? { status: 'ok' } : { status: 'degraded', reason: `${topic.spec.name}: ${mismatch}` },
  );
  const { settled } = await ensureLogTopic(topic);
  settled.catch((error: unknown) => {
    mismatch = messageOf(error);
    topic.log.error({ error }, 'the topic does not fit');
  });
}
