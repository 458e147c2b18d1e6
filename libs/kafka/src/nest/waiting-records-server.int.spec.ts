import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { testServers, testTopicPrefix } from '@ponte/testing';
import {
  administer,
  eventually,
  makeTopic,
  numbered,
  offsetsByPartition,
  recordsOf,
  RunningServer,
  sendAll,
  sleep,
  trim,
  valueOf,
  type Handler,
} from '../consuming.spec-support.js';
import { connectKafka, type KafkaConfig, type WaitingRecordsOptions } from '../index.js';

const PARTITIONS = 6;
const { brokers } = testServers();
/** One prefix per test: the group's name has it too. */
let config: KafkaConfig = { brokers, clientId: 'spec', topicPrefix: testTopicPrefix() };
const kafka = () => connections[connections.length - 1] ?? connect();
const connections: ReturnType<typeof connectKafka>[] = [];
const servers: RunningServer[] = [];

function connect() {
  const connection = connectKafka(config);
  connections.push(connection);
  return connection;
}

function serve(topics: string | readonly string[], handler?: Handler, options?: Partial<WaitingRecordsOptions>) {
  const server = new RunningServer(config, [topics].flat(), handler, options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  config = { ...config, topicPrefix: testTopicPrefix() };
});

afterAll(() => {
  expect(servers).toHaveLength(0);
});

describe('handing over waiting records', () => {
  it('hands over the records of each partition in order, each once', async () => {
    const topic = await makeTopic(kafka(), PARTITIONS);
    const server = serve(topic);
    await server.untilAssigned(PARTITIONS);
    const sender = await kafka().connectSender();
    for (let round = 0; round < 20; round += 1) {
      const records = Array.from({ length: PARTITIONS }, (_, partition) => numbered(partition, 5, round * 5)).flat();
      await sender.send(topic, records);
    }
    await server.untilValues(PARTITIONS * 100);
    const offsets = offsetsByPartition(server.records);
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      expect(offsets.get(partition)).toEqual(Array.from({ length: 100 }, (_, index) => BigInt(index)));
    }
  });

  it('tells what a record was sent with', async () => {
    const topic = await makeTopic(kafka(), 1);
    const before = Date.now();
    const headers = { ce_id: '1', note: 'ação' };
    await sendAll(config, topic, [
      { partition: 0, key: 'workspace', headers, value: '{"a":1}' },
      { partition: 0, key: 'workspace', headers: {}, value: null },
    ]);
    const server = serve(topic);
    await eventually('both', () => server.records.length === 2);
    expect(server.records).toMatchObject([
      { partition: 0, offset: 0n, key: 'workspace', headers, value: Buffer.from('{"a":1}') },
      { partition: 0, offset: 1n, key: 'workspace', headers: {}, value: null },
    ]);
    expect(server.records[0]?.timestampMs).toBeGreaterThanOrEqual(before);
    const [call] = server.calls.filter(({ kind }) => kind === 'records');
    expect(call).toMatchObject({ topic, batches: [{ partition: 0, highWatermark: 2n }] });
  });

  it('hands over everything that came during a call, over all partitions, in the next one call', async () => {
    const topic = await makeTopic(kafka(), PARTITIONS);
    let release: () => void = () => undefined;
    const server = serve(topic, async ({ kind }) => {
      if (kind === 'records') await new Promise<void>((resolve) => (release = resolve));
    });
    await server.untilAssigned(PARTITIONS);
    await sendAll(config, topic, numbered(3, 1));
    await eventually('the first call', () => server.values.length === 1);
    const piled = Array.from({ length: PARTITIONS }, (_, partition) => numbered(partition, 10, 1)).flat();
    await sendAll(config, topic, piled);
    await sleep(200);
    expect(server.values).toEqual(['3-0']);
    release();
    await server.untilValues(1 + piled.length);
    release();
    expect(server.calls.filter(({ kind }) => kind === 'records')).toHaveLength(2);
    const last = server.calls.at(-1);
    expect(last?.kind === 'records' && last.batches.map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('never has two calls in flight', async () => {
    const topics = [await makeTopic(kafka(), 3), await makeTopic(kafka(), 3)];
    let inFlight = 0;
    let most = 0;
    const server = serve(topics, async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await sleep(5);
      inFlight -= 1;
    });
    for (const topic of topics) {
      for (let round = 0; round < 5; round += 1) await sendAll(config, topic, numbered(round % 3, 3, round * 3));
    }
    await eventually('all', () => server.records.length === 30);
    expect(most).toBe(1);
    const perCall = server.calls.filter(({ kind }) => kind === 'records').map(({ topic }) => topic);
    expect(new Set(perCall)).toEqual(new Set(topics));
  });

  it('tells of the assignment before any of its records, and reads where the handler seeks to', async () => {
    const topic = await makeTopic(kafka(), 2);
    await sendAll(config, topic, [...numbered(0, 10), ...numbered(1, 10)]);
    const server = serve(topic, async (waiting) => {
      if (waiting.kind !== 'assigned') return;
      await sleep(300);
      await waiting.control.seek(0, 7n);
      await waiting.control.seek(1, 'earliest');
    });
    await server.untilValues(13);
    expect(server.calls[0]?.kind).toBe('assigned');
    const offsets = offsetsByPartition(server.records);
    expect(offsets.get(0)).toEqual([7n, 8n, 9n]);
    expect(offsets.get(1)).toHaveLength(10);
  });

  it('begins at the first record that is there when the place it seeks is trimmed or beyond the end', async () => {
    const topic = await makeTopic(kafka(), 3);
    await sendAll(config, topic, [...numbered(0, 10), ...numbered(1, 10), ...numbered(2, 10)]);
    await trim(config, topic, 0, 4n);
    await trim(config, topic, 2, 6n);
    const server = serve(topic, async (waiting) => {
      if (waiting.kind !== 'assigned') return;
      await waiting.control.seek(0, 1n);
      await waiting.control.seek(1, 500n);
      await waiting.control.seek(2, 'earliest');
    });
    await server.untilValues(20);
    const offsets = offsetsByPartition(server.records);
    expect(offsets.get(0)?.[0]).toBe(4n);
    expect(offsets.get(1)?.[0]).toBe(0n);
    expect(offsets.get(2)?.[0]).toBe(6n);
  });

  it('hands a rejected call again until it is accepted, and then goes on', async () => {
    const topic = await makeTopic(kafka(), 2);
    let rejections = 3;
    const server = serve(topic, ({ kind }) => {
      if (kind !== 'records' || rejections === 0) return;
      rejections -= 1;
      throw new Error('the database is away');
    });
    await server.untilAssigned(2);
    await sendAll(config, topic, [...numbered(0, 2), ...numbered(1, 2)]);
    await eventually('four attempts', () => server.calls.filter(({ kind }) => kind === 'records').length === 4);
    await sendAll(config, topic, numbered(0, 1, 2));
    await server.untilValues(5);
    expect(server.failures).toHaveLength(3);
    const attempts = server.calls.filter(({ kind }) => kind === 'records').map((call) => recordsOf(call).map(valueOf));
    expect(attempts.slice(0, 4).every((values) => values[0] === attempts[0]?.[0])).toBe(true);
    expect(attempts.at(-1)).toEqual(['0-2']);
    expect(server.losses).toEqual([]);
  });

  it('keeps its place in the group while a call takes longer than the session', async () => {
    const topic = await makeTopic(kafka(), 2);
    let isFirst = true;
    const server = serve(topic, async ({ kind }) => {
      if (kind === 'records' && isFirst) await sleep(7_500);
      isFirst &&= kind !== 'records';
    });
    await server.untilAssigned(2);
    await sendAll(config, topic, [...numbered(0, 1)]);
    await server.untilValues(1);
    await sendAll(config, topic, numbered(0, 1, 1));
    await server.untilValues(2);
    expect(server.values).toEqual(['0-0', '0-1']);
    expect(server.calls.filter(({ kind }) => kind === 'assigned')).toHaveLength(1);
  });

  it('repeats from where it is told to seek in a call', async () => {
    const topic = await makeTopic(kafka(), 1);
    let seeks = 1;
    const server = serve(topic, async (waiting) => {
      if (waiting.kind !== 'records' || seeks === 0) return;
      seeks -= 1;
      await waiting.control.seek(0, 1n);
    });
    await server.untilAssigned(1);
    await sendAll(config, topic, numbered(0, 3));
    await eventually('the repetition', () => server.values.length === 5);
    expect(server.values).toEqual(['0-0', '0-1', '0-2', '0-1', '0-2']);
  });

  it('holds back a paused partition alone, and repeats what the pausing call held when it is resumed', async () => {
    const topic = await makeTopic(kafka(), 2);
    let pauses = 1;
    const server = serve(topic, (waiting) => {
      if (waiting.kind !== 'records' || pauses === 0) return;
      pauses -= 1;
      waiting.control.pause(0);
    });
    await server.untilAssigned(2);
    await sendAll(config, topic, numbered(0, 1));
    await server.untilValues(1);
    await sendAll(config, topic, [...numbered(0, 1, 1), ...numbered(1, 2)]);
    await server.untilValues(3);
    await sleep(200);
    expect(server.values).toEqual(['0-0', '1-0', '1-1']);
    server.control.resume(0);
    await eventually('the paused ones', () => server.values.length === 5);
    expect(server.values.slice(3)).toEqual(['0-0', '0-1']);
  });

  it('notes the offsets of the group in the background', async () => {
    const topic = await makeTopic(kafka(), 1);
    const server = serve(topic, (waiting) => {
      const last = recordsOf(waiting).at(-1);
      if (waiting.kind === 'records' && last !== undefined) waiting.control.commit(0, last.offset + 1n);
    });
    await sendAll(config, topic, numbered(0, 5));
    await server.untilValues(5);
    await eventually('the commit', async () => (await committed(topic)) === '5');
  });

  it('lets the call in hand end on close, then tells of the revocation and hands over nothing more', async () => {
    const topic = await makeTopic(kafka(), 2);
    let wasCurrent: boolean | null = null;
    let finished = false;
    const server = serve(topic, async (waiting) => {
      if (waiting.kind !== 'records') return;
      await sleep(300);
      wasCurrent = waiting.control.isCurrent(0);
      finished = true;
    });
    await server.untilAssigned(2);
    await sendAll(config, topic, numbered(0, 1));
    await server.untilValues(1);
    await sendAll(config, topic, [...numbered(0, 20, 1), ...numbered(1, 20)]);
    await server.close();
    expect(finished).toBe(true);
    expect(wasCurrent).toBe(false);
    expect(server.calls.map(({ kind }) => kind)).toEqual(['assigned', 'records', 'revoked']);
    expect(server.report().state).toBe('stopped');
    await sleep(200);
    expect(server.calls).toHaveLength(3);
  });

  it('reads what producers and brokers compressed', async () => {
    for (const type of ['gzip', 'snappy', 'lz4', 'zstd']) {
      const topic = `compressed-${type}`;
      await administer(config, async (admin) => {
        const configEntries = [{ name: 'compression.type', value: type }];
        await admin.createTopics({ topics: [{ topic: full(topic), numPartitions: 1, configEntries }] });
      });
      await sendAll(config, topic, numbered(0, 3_000));
    }
    const topics = ['gzip', 'snappy', 'lz4', 'zstd'].map((type) => `compressed-${type}`);
    const server = serve(topics);
    await eventually('all', () => server.records.length === 12_000);
    for (const topic of topics) {
      const values = server.calls
        .filter((call) => call.topic === topic)
        .flatMap((call) => recordsOf(call).map(valueOf));
      expect(values).toEqual(numbered(0, 3_000).map(({ value }) => value));
    }
  });
});

function full(name: string): string {
  return `${config.topicPrefix ?? ''}${name}`;
}

async function committed(topic: string): Promise<string | undefined> {
  const [offsets] = await administer(config, (admin) =>
    admin.fetchOffsets({ groupId: full('group'), topics: [full(topic)] }),
  );
  return offsets?.partitions[0]?.offset;
}
