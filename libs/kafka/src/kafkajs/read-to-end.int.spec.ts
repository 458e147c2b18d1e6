import { afterAll, describe, expect, it } from '@jest/globals';
import { testServers, testTopicPrefix } from '@ponte/testing';
import { administer, makeTopic, numbered, sendAll, sleep, trim, valueOf } from '../consuming.spec-support.js';
import { connectKafka, type IncomingRecord, type KafkaConfig, type StartOffset } from '../index.js';
import { kafkajs } from './library.js';

const config: KafkaConfig = { brokers: testServers().brokers, clientId: 'spec', topicPrefix: testTopicPrefix() };
const kafka = connectKafka(config);

afterAll(() => kafka.close());

async function read(topic: string, from: Record<number, StartOffset>): Promise<IncomingRecord[]> {
  const all: IncomingRecord[] = [];
  const starts = new Map(Object.entries(from).map(([partition, offset]) => [Number(partition), offset]));
  await kafka.readToEnd(topic, starts, (records) => {
    all.push(...records);
  });
  return all;
}

/** What is in the topic as `partition-number`, sorted. */
async function values(topic: string, from: Record<number, StartOffset>): Promise<string[]> {
  return (await read(topic, from)).map(valueOf).sort();
}

describe('reading to the end', () => {
  it('reads each named partition from its offset, and no other', async () => {
    const topic = await makeTopic(kafka, 4);
    await sendAll(config, topic, [...numbered(0, 3), ...numbered(1, 3), ...numbered(3, 3)]);
    expect(await values(topic, { 0: 2n, 1: 'earliest', 2: 'earliest' })).toEqual(['0-2', '1-0', '1-1', '1-2']);
  });

  it('returns at once when there is nothing to read', async () => {
    const topic = await makeTopic(kafka, 3);
    await sendAll(config, topic, numbered(0, 3));
    expect(await values(topic, { 0: 3n, 1: 'earliest', 2: 100n })).toEqual([]);
    expect(await values(topic, {})).toEqual([]);
  });

  it('reads many records of many partitions in order', async () => {
    const topic = await makeTopic(kafka, 24);
    const partitions = Array.from({ length: 24 }, (_, partition) => partition);
    await sendAll(
      config,
      topic,
      partitions.flatMap((partition) => numbered(partition, 500)),
    );
    const records = await read(topic, Object.fromEntries(partitions.map((partition) => [partition, 'earliest'])));
    for (const partition of partitions) {
      const offsets = records.filter((record) => record.partition === partition).map(({ offset }) => Number(offset));
      expect(offsets).toEqual(Array.from({ length: 500 }, (_, index) => index));
    }
  });

  it('begins at the first record that is there where the offset is trimmed', async () => {
    const topic = await makeTopic(kafka, 2);
    await sendAll(config, topic, [...numbered(0, 5), ...numbered(1, 5)]);
    await trim(config, topic, 0, 3n);
    await trim(config, topic, 1, 5n);
    expect(await values(topic, { 0: 0n, 1: 'earliest' })).toEqual(['0-3', '0-4']);
  });

  it('ends at what was the end when it was called', async () => {
    const topic = await makeTopic(kafka, 1);
    await sendAll(config, topic, numbered(0, 3));
    const seen: string[] = [];
    await kafka.readToEnd(topic, new Map([[0, 'earliest']]), async (records) => {
      seen.push(...records.map(valueOf));
      await sendAll(config, topic, numbered(0, 3, 3));
    });
    expect(seen).toEqual(['0-0', '0-1', '0-2']);
  });

  it('does not wait for offsets that hold no record', async () => {
    const topic = await makeTopic(kafka, 2);
    await transact(topic, ['committed', 'aborted', 'committed', 'aborted']);
    expect((await kafka.offsets(topic)).get(0)).toEqual({ low: 0n, high: 8n });
    const records = await read(topic, { 0: 'earliest', 1: 'earliest' });
    expect(records.map(valueOf)).toEqual(['0-0', '0-2']);
    // From the last record's offset on there is only its transaction's end, and an aborted record with its own.
    expect(await values(topic, { 0: 5n })).toEqual([]);
    expect(await values(topic, { 0: 7n })).toEqual([]);
  });

  it('hands on the error of whoever takes the records', async () => {
    const topic = await makeTopic(kafka, 1);
    await sendAll(config, topic, numbered(0, 3));
    const error = new Error('not now');
    await expect(kafka.readToEnd(topic, new Map([[0, 'earliest']]), () => Promise.reject(error))).rejects.toBe(error);
  });

  it('never calls twice at once, and waits for the call', async () => {
    const topic = await makeTopic(kafka, 6);
    await sendAll(
      config,
      topic,
      [0, 1, 2, 3, 4, 5].flatMap((partition) => numbered(partition, 2)),
    );
    let inFlight = 0;
    let most = 0;
    let done = 0;
    const from = new Map([0, 1, 2, 3, 4, 5].map((partition) => [partition, 'earliest' as const]));
    await kafka.readToEnd(topic, from, async (records) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await sleep(30);
      inFlight -= 1;
      done += records.length;
    });
    expect({ most, done }).toEqual({ most: 1, done: 12 });
  });

  it('takes more time over a record than without one passing for a stall', async () => {
    const topic = await makeTopic(kafka, 1);
    await sendAll(config, topic, numbered(0, 1));
    await kafka.readToEnd(topic, new Map([[0, 0n]]), () => sleep(1_000), { stallTimeoutMs: 500 });
  });

  it('says what is wrong with the topic', async () => {
    const topic = await makeTopic(kafka, 1);
    await expect(read(topic, { 1: 'earliest' })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(read('never-made', { 0: 'earliest' })).rejects.toMatchObject({ kind: 'topic_missing' });
  });

  it('leaves no group behind', async () => {
    const { groups } = await administer(config, (admin) => admin.listGroups());
    expect(groups.filter(({ groupId }) => groupId.startsWith(`${config.topicPrefix ?? ''}ponte-read-`))).toEqual([]);
  });
});

/** Writes one record for each outcome, in a transaction that ends so. */
async function transact(topic: string, outcomes: readonly ('committed' | 'aborted')[]): Promise<void> {
  const client = new kafkajs.Kafka({ brokers: config.brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producer = client.producer({
    transactionalId: testTopicPrefix(),
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  for (const [index, outcome] of outcomes.entries()) {
    const transaction = await producer.transaction();
    const messages = [{ partition: 0, value: `0-${String(index)}` }];
    await transaction.send({ topic: `${config.topicPrefix ?? ''}${topic}`, messages });
    await (outcome === 'committed' ? transaction.commit() : transaction.abort());
  }
  await producer.disconnect();
}
