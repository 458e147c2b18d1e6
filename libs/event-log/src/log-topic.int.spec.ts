import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectKafka } from '@ponte/kafka';
import { HealthRegistry } from '@ponte/service-kit';
import { ensureLogTopic, ensureReportedTopic, type EnsuredTopic } from './log-topic.js';
import { silentLog } from './protocol-log.js';
import { PARTITIONS, Rig, TOPIC } from './rig.spec-support.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.open();
});
afterAll(async () => {
  await rig.close();
});

function topicOf(partitions: number, signal = new AbortController().signal): EnsuredTopic {
  const spec = { name: TOPIC, partitions, retentionMs: -1, maxMessageBytes: 1_000_000 };
  const settings = { topics: 'create', replicationFactor: undefined } as const;
  return { kafka: rig.kafka, spec, settings, log: silentLog, signal };
}

describe('the topic of a log', () => {
  it('is there once it was made or checked', async () => {
    const { settled } = await ensureLogTopic(topicOf(PARTITIONS));
    await expect(settled).resolves.toBeUndefined();
  });

  it('that does not fit keeps the service from starting', async () => {
    await expect(ensureLogTopic(topicOf(PARTITIONS + 1))).rejects.toMatchObject({ kind: 'topic_mismatch' });
  });

  it('of a Kafka that is away is waited for in the background, until the service stops', async () => {
    const stopping = new AbortController();
    const kafka = connectKafka({ brokers: ['127.0.0.1:1'], clientId: 'event-log-test' });
    rig.closeWith(() => kafka.close());
    const { settled } = await ensureLogTopic({ ...topicOf(PARTITIONS, stopping.signal), kafka });
    stopping.abort();
    await expect(settled).resolves.toBeUndefined();
  });

  it('is no trouble to whoever asks for the status while it fits', async () => {
    const health = new HealthRegistry();
    await ensureReportedTopic(topicOf(PARTITIONS), health);
    expect(await health.status()).toMatchObject({ status: 'ok' });
  });
});
