import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { testServers, testTopicPrefix } from '@ponte/testing';
import {
  ascending,
  eventually,
  makeTopic,
  numbered,
  offsetsByPartition,
  recordsOf,
  RunningServer,
  sendAll,
  sleep,
  type Handler,
} from '../consuming.spec-support.js';
import { connectKafka, type KafkaConfig, type WaitingRecords } from '../index.js';

const PARTITIONS = 6;
const config: KafkaConfig = { brokers: testServers().brokers, clientId: 'spec', topicPrefix: testTopicPrefix() };
const kafka = connectKafka(config);
const servers: RunningServer[] = [];

function serve(topic: string, handler: Handler): RunningServer {
  const server = new RunningServer(config, [topic], handler);
  servers.push(server);
  return server;
}

afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => kafka.close());

describe('sharing partitions among instances', () => {
  it('hands nothing over for partitions that went to another, and misses no record', async () => {
    const topic = await makeTopic(kafka, PARTITIONS);
    const owners = new Map<number, string>();
    const wrong: string[] = [];
    const positions = new Map<number, bigint>();
    const handler =
      (name: string): Handler =>
      async (waiting) => {
        await follow(name, waiting, owners, positions, wrong);
      };
    const first = serve(topic, handler('first'));
    await first.untilAssigned(PARTITIONS);
    const sender = await kafka.connectSender();
    let sent = 0;
    const sending = (async () => {
      for (; sent < 150; sent += 1) {
        await sender.send(topic, Array.from({ length: PARTITIONS }, (_, p) => numbered(p, 1, sent)).flat());
        await sleep(10);
      }
    })();
    const second = serve(topic, handler('second'));
    await eventually('half each', () => first.assigned.length === 3 && second.assigned.length === 3);
    await sending;
    await eventually('all', () => [...positions.values()].every((position) => position === 150n));
    await first.close();
    await second.untilAssigned(PARTITIONS);
    await sendAll(config, topic, numbered(0, 1, 150));
    await eventually('the last one', () => second.values.includes('0-150'));
    expect(wrong).toEqual([]);
    const all = new Set([...first.values, ...second.values]);
    expect(all.size).toBe(PARTITIONS * 150 + 1);
    for (const offsets of offsetsByPartition(second.records).values()) expect(ascending(offsets)).toBe(true);
  });

  it('tells the work in hand that its partitions are gone, and the other begins only after it', async () => {
    const topic = await makeTopic(kafka, 2);
    const order: string[] = [];
    let sawRevocation = false;
    const first = serve(topic, async (waiting) => {
      order.push(`first ${waiting.kind}`);
      if (waiting.kind !== 'records') return;
      const { control } = waiting;
      await eventually('revocation', () => !control.isCurrent(0));
      sawRevocation = true;
      await sleep(300);
      order.push('first done');
    });
    await first.untilAssigned(2);
    await sendAll(config, topic, numbered(0, 1));
    await first.untilValues(1);
    const second = serve(topic, ({ kind }) => void order.push(`second ${kind}`));
    await second.untilAssigned(1);
    expect(sawRevocation).toBe(true);
    expect(order.slice(0, 4)).toEqual(['first assigned', 'first records', 'first done', 'first revoked']);
    expect(order.indexOf('second assigned')).toBeGreaterThan(3);
  });
});

/** What a consumer with a stored position does: seek on assignment, check ownership on each record. */
async function follow(
  name: string,
  waiting: WaitingRecords,
  owners: Map<number, string>,
  positions: Map<number, bigint>,
  wrong: string[],
): Promise<void> {
  switch (waiting.kind) {
    case 'assigned':
      for (const partition of waiting.partitions) {
        if (owners.has(partition)) wrong.push(`${name} got ${String(partition)} while another had it`);
        owners.set(partition, name);
        await waiting.control.seek(partition, positions.get(partition) ?? 'earliest');
      }
      return;
    case 'revoked':
      for (const partition of waiting.partitions) owners.delete(partition);
      return;
    case 'records':
      await sleep(3);
      for (const { partition, offset } of recordsOf(waiting)) {
        if (owners.get(partition) !== name) wrong.push(`${name} got records of ${String(partition)}`);
        if (offset !== (positions.get(partition) ?? 0n)) wrong.push(`${String(partition)} jumped to ${String(offset)}`);
        positions.set(partition, offset + 1n);
      }
  }
}
