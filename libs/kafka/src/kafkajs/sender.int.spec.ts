import { afterAll, describe, expect, it } from '@jest/globals';
import { testServers, testTopicPrefix } from '@ponte/testing';
import { makeTopic, numbered, sendAll, valueOf } from '../consuming.spec-support.js';
import { connectKafka, type IncomingRecord, type KafkaConfig } from '../index.js';

const config: KafkaConfig = { brokers: testServers().brokers, clientId: 'spec', topicPrefix: testTopicPrefix() };
const kafka = connectKafka(config);

afterAll(() => kafka.close());

async function read(topic: string, partitions: number): Promise<IncomingRecord[]> {
  const all: IncomingRecord[] = [];
  const from = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 'earliest'] as const));
  await kafka.readToEnd(topic, from, (records) => {
    all.push(...records);
  });
  return all;
}

describe('sending records', () => {
  it('writes each to its partition in order and tells the first offset of each', async () => {
    const topic = await makeTopic(kafka, 3);
    const sender = await kafka.connectSender();
    expect(await sender.send(topic, [...numbered(0, 2), ...numbered(2, 3)])).toEqual(
      new Map([
        [0, 0n],
        [2, 0n],
      ]),
    );
    expect(await sender.send(topic, numbered(2, 1, 3))).toEqual(new Map([[2, 3n]]));
    const records = await read(topic, 3);
    expect(records.filter(({ partition }) => partition === 2).map(valueOf)).toEqual(['2-0', '2-1', '2-2', '2-3']);
    expect(records).toHaveLength(6);
  });

  it('keeps the order of calls that are made at once', async () => {
    const topic = await makeTopic(kafka, 1);
    const sender = await kafka.connectSender();
    await Promise.all(Array.from({ length: 50 }, (_, index) => sender.send(topic, numbered(0, 2, index * 2))));
    expect((await read(topic, 1)).map(valueOf)).toEqual(numbered(0, 100).map(({ value }) => value));
  });

  it('sends more than one batch takes as several, in order', async () => {
    const topic = await makeTopic(kafka, 2);
    const sender = await kafka.connectSender();
    const value = 'x'.repeat(10_000);
    const records = Array.from({ length: 300 }, (_, index) => ({
      partition: index % 2,
      key: 'key',
      headers: { number: String(index) },
      value,
    }));
    // 1.5 MB for each partition of a topic that takes 1 MB in a batch.
    await expect(sender.send(topic, records)).resolves.toEqual(
      new Map([
        [0, 0n],
        [1, 0n],
      ]),
    );
    const numbers = (await read(topic, 2))
      .filter((r) => r.partition === 1)
      .map(({ headers }) => Number(headers['number']));
    expect(numbers).toEqual(Array.from({ length: 150 }, (_, index) => index * 2 + 1));
  });

  it('refuses a record that the topic does not take, and ends there so that nothing overtakes it', async () => {
    const topic = await makeTopic(kafka, 1);
    const sender = await kafka.connectSender();
    const tooLarge = { partition: 0, key: 'key', headers: {}, value: Buffer.alloc(1_100_000) };
    await expect(sender.send(topic, [...numbered(0, 1), tooLarge])).rejects.toMatchObject({ kind: 'record_too_large' });
    await expect(sender.send(topic, numbered(0, 1, 1))).rejects.toMatchObject({ kind: 'closed' });
    await sender.close();
    const next = await kafka.connectSender();
    await next.send(topic, numbered(0, 1, 5));
    expect((await read(topic, 1)).map(valueOf)).toEqual(['0-0', '0-5']);
  });

  it('refuses a partition that the topic lacks instead of losing the record', async () => {
    const topic = await makeTopic(kafka, 2);
    const sender = await kafka.connectSender();
    await expect(sender.send(topic, numbered(2, 1))).rejects.toMatchObject({ kind: 'invalid' });
    await expect((await kafka.connectSender()).send(topic, numbered(-1, 1))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('makes no topic by the way', async () => {
    const sender = await kafka.connectSender();
    await expect(sender.send('never-made', numbered(0, 1))).rejects.toMatchObject({ kind: 'topic_missing' });
    await expect(kafka.offsets('never-made')).rejects.toMatchObject({ kind: 'topic_missing' });
  });

  it('takes nothing after it was closed', async () => {
    const topic = await makeTopic(kafka, 1);
    const sender = await kafka.connectSender();
    await sender.close();
    await sender.close();
    await expect(sender.send(topic, numbered(0, 1))).rejects.toMatchObject({ kind: 'closed' });
  });

  it('never shows the prefix, and keeps prefixes apart', async () => {
    const topic = await makeTopic(kafka, 1, 'shared-name');
    const other = connectKafka({ ...config, topicPrefix: testTopicPrefix() });
    await makeTopic(other, 1, 'shared-name');
    await sendAll(config, topic, numbered(0, 2));
    expect(await other.offsets('shared-name')).toEqual(new Map([[0, { low: 0n, high: 0n }]]));
    await other.close();
  });
});
