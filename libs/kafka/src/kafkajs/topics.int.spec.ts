import { afterAll, describe, expect, it } from '@jest/globals';
import { testServers, testTopicPrefix } from '@ponte/testing';
import { administer, makeTopic, numbered, sendAll, trim } from '../consuming.spec-support.js';
import { connectKafka, KafkaError, type KafkaConfig, type TopicSpec } from '../index.js';

const config: KafkaConfig = { brokers: testServers().brokers, clientId: 'spec', topicPrefix: testTopicPrefix() };
const kafka = connectKafka(config);
const spec: TopicSpec = { name: 'spec', partitions: 4, retentionMs: -1, maxMessageBytes: 700_000 };

afterAll(() => kafka.close());

describe('ensuring a topic', () => {
  it('says that it is missing when it may only check', async () => {
    await expect(kafka.ensureTopic({ ...spec, name: 'missing' }, 'check')).rejects.toMatchObject({
      kind: 'topic_missing',
    });
  });

  it('makes it as specified, once', async () => {
    await expect(kafka.ensureTopic(spec, 'create')).resolves.toEqual({ created: true, warnings: [] });
    await expect(kafka.ensureTopic(spec, 'create')).resolves.toEqual({ created: false, warnings: [] });
    await expect(kafka.ensureTopic(spec, 'check')).resolves.toEqual({ created: false, warnings: [] });
    expect((await kafka.offsets('spec')).size).toBe(4);
  });

  it('is made once by instances that start together', async () => {
    const connections = [1, 2, 3].map(() => connectKafka(config));
    const together = { ...spec, name: 'together' };
    const reports = await Promise.all(connections.map((connection) => connection.ensureTopic(together, 'create')));
    expect(reports.filter(({ created }) => created)).toHaveLength(1);
    await Promise.all(connections.map((connection) => connection.close()));
  });

  it('lists every mismatch in one error and changes nothing', async () => {
    const configEntries = [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'retention.ms', value: '1000' },
      { name: 'max.message.bytes', value: '1000' },
    ];
    const topic = { topic: `${config.topicPrefix ?? ''}foreign`, numPartitions: 1, configEntries };
    await administer(config, (admin) => admin.createTopics({ topics: [topic] }));
    const error = await kafka.ensureTopic({ ...spec, name: 'foreign' }, 'create').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KafkaError);
    expect(error).toMatchObject({ kind: 'topic_mismatch' });
    expect(error instanceof KafkaError && error.mismatches.map(({ property }) => property)).toEqual([
      'partitions',
      'cleanup.policy',
      'retention.ms',
      'max.message.bytes',
    ]);
    expect((await kafka.offsets('foreign')).size).toBe(1);
  });

  it('refuses a name that Kafka does not take', async () => {
    await expect(kafka.ensureTopic({ ...spec, name: 'no spaces' }, 'create')).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('warns of fewer replicas than asked for', async () => {
    await expect(kafka.ensureTopic({ ...spec, replicationFactor: 3 }, 'check')).resolves.toMatchObject({
      warnings: [{ kind: 'fewer_replicas', expected: 3, actual: 1 }],
    });
  });
});

describe('the offsets of a topic', () => {
  it('are the first that is there and the one that comes next', async () => {
    const topic = await makeTopic(kafka, 2);
    await sendAll(config, topic, numbered(1, 10));
    await trim(config, topic, 1, 4n);
    expect(await kafka.offsets(topic)).toEqual(
      new Map([
        [0, { low: 0n, high: 0n }],
        [1, { low: 4n, high: 10n }],
      ]),
    );
  });
});
