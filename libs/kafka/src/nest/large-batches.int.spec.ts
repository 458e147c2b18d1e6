import { afterEach, describe, expect, it } from '@jest/globals';
import { testServers, testTopicPrefix } from '@ponte/testing';
import { eventually, RunningServer } from '../consuming.spec-support.js';
import { connectKafka, type KafkaConfig } from '../index.js';

const config: KafkaConfig = { brokers: testServers().brokers, clientId: 'spec', topicPrefix: testTopicPrefix() };
const kafka = connectKafka(config);
const servers: RunningServer[] = [];
const MIB = 1_048_576;

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await kafka.close();
});

describe('batches as large as a topic takes', () => {
  it('of one partition never wait until the partitions before it are empty', async () => {
    const topic = { name: 'large', partitions: 3, retentionMs: -1, maxMessageBytes: 4 * MIB };
    await kafka.ensureTopic(topic, 'create');
    const sender = await kafka.connectSender({ maxBatchBytes: 4 * MIB });
    const value = Buffer.alloc(3.5 * MIB);
    for (let round = 0; round < 2; round += 1) {
      const records = [0, 1, 2].map((partition) => ({ partition, key: 'key', headers: {}, value }));
      await sender.send(topic.name, records);
    }
    const server = new RunningServer(config, [topic.name]);
    servers.push(server);
    await eventually('all', () => server.records.length === 6);
    const firstThree = server.records.slice(0, 3).map(({ partition }) => partition);
    expect(new Set(firstThree)).toEqual(new Set([0, 1, 2]));
  });
});
