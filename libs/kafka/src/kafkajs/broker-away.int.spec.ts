import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startKafka, type KafkaServer } from '@ponte/native-servers';
import {
  ascending,
  eventually,
  makeTopic,
  numbered,
  offsetsByPartition,
  RunningServer,
} from '../consuming.spec-support.js';
import { connectKafka, type KafkaConfig, type RecordSender } from '../index.js';

/** These tests stop their broker, so it is one of their own. */
let broker: KafkaServer;
let config: KafkaConfig;
const dataDir = mkdtempSync(join(tmpdir(), 'ponte-broker-away-'));

beforeAll(async () => {
  broker = await startKafka({ dataDir });
  config = { brokers: [broker.brokers], clientId: 'spec' };
}, 120_000);

afterAll(async () => {
  await broker.stop();
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

describe('a broker that is away', () => {
  it('makes calls reject within seconds, and connecting is no call', async () => {
    const nobody = connectKafka({ brokers: [`127.0.0.1:${String(await freePort())}`], clientId: 'spec' });
    const spec = { name: 'topic', partitions: 1, retentionMs: -1, maxMessageBytes: 1_000 };
    const started = Date.now();
    const unavailable = { kind: 'unavailable', isTransient: true };
    await Promise.all([
      expect(nobody.offsets('topic')).rejects.toMatchObject(unavailable),
      expect(nobody.ensureTopic(spec, 'create')).rejects.toMatchObject(unavailable),
      expect(nobody.connectSender()).rejects.toMatchObject(unavailable),
      expect(nobody.readToEnd('topic', new Map([[0, 'earliest']]), () => undefined)).rejects.toMatchObject(unavailable),
    ]);
    expect(Date.now() - started).toBeLessThan(10_000);
    await nobody.close();
    await expect(nobody.offsets('topic')).rejects.toMatchObject({ kind: 'closed' });
  });

  it('delays a consumer that starts before it, and the consumer closes without it', async () => {
    const kafka = connectKafka(config);
    const topic = await makeTopic(kafka, 2);
    await broker.stop();
    const early = new RunningServer(config, [topic]);
    const hopeless = new RunningServer(config, [topic], undefined, { groupId: 'hopeless' });
    await eventually('a failed attempt', () => hopeless.losses.length > 0);
    expect(hopeless.losses[0]).toMatchObject({ kind: 'unavailable' });
    await hopeless.close();
    await broker.start();
    await early.untilAssigned(2);
    const sender = await connectAgain(() => kafka.connectSender());
    await sender.send(topic, numbered(1, 3));
    await early.untilValues(3);
    expect(early.report()).toMatchObject({ state: 'joined' });
    await early.close();
    await kafka.close();
  }, 90_000);

  it('is caught up with after it was killed in the middle, without a record lost or out of order', async () => {
    const kafka = connectKafka(config);
    const topic = await makeTopic(kafka, 4);
    const positions = new Map<number, bigint>();
    const server = new RunningServer(config, [topic], async (waiting) => {
      if (waiting.kind === 'assigned') {
        for (const partition of waiting.partitions) {
          await waiting.control.seek(partition, positions.get(partition) ?? 'earliest');
        }
      }
      if (waiting.kind !== 'records') return;
      for (const { partition, records } of waiting.batches) {
        positions.set(partition, (records.at(-1)?.offset ?? -1n) + 1n);
      }
    });
    await server.untilAssigned(4);
    const total = 300;
    const sent = { count: 0, failures: 0 };
    const sending = sendWhileBrokerFalls(() => kafka.connectSender(), topic, total, sent);
    await eventually('some records', () => sent.count > 50);
    await broker.kill9();
    await eventually('a failed send', () => sent.failures > 0);
    await broker.start();
    await sending;
    await server.untilValues(total);
    for (const offsets of offsetsByPartition(server.records).values()) expect(ascending(offsets)).toBe(true);
    await server.close();
    await kafka.close();
  }, 120_000);
});

/** Sends record after record, each again with a new sender until it is acknowledged. */
async function sendWhileBrokerFalls(
  connect: () => Promise<RecordSender>,
  topic: string,
  total: number,
  sent: { count: number; failures: number },
): Promise<void> {
  let sender = await connect();
  while (sent.count < total) {
    try {
      await sender.send(topic, numbered(sent.count % 4, 1, sent.count));
      sent.count += 1;
    } catch (error) {
      expect(error).toMatchObject({ kind: 'unavailable' });
      sent.failures += 1;
      await sender.close();
      sender = await connectAgain(connect);
    }
  }
}

async function connectAgain(connect: () => Promise<RecordSender>): Promise<RecordSender> {
  for (let left = 20; ; left -= 1) {
    try {
      return await connect();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}
