import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Kafka, PartitionOffsets } from '@ponte/kafka';
import { appliedTexts, RunningConsumer } from '../consume/consuming.spec-support.js';
import { eventually, Rig, say, workspaceIn } from '../rig.spec-support.js';
import { Latch, TamperedKafka } from '../tampering.spec-support.js';

/** What the model of the protocol found: losses that a relay took for its own doing. */
describe('a relay', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.open();
  });
  afterEach(() => rig.close());

  const checkpoint = async () => {
    const [row] = await rig.database.query<{ position: number; topic_offset: string | null; epoch: number }>(
      'SELECT position, topic_offset::text, epoch FROM event_log_checkpoints WHERE partition = 0',
    );
    return row;
  };
  const relayedTo = (position: number) =>
    eventually(`relayed to ${String(position)}`, async () => (await checkpoint())?.position === position);
  const texts = async () => (await rig.topicRecords()).map((record) => String(record.value));
  /** A Kafka whose topic looks cut off by so many records, in partition 0. */
  const cutOff = (lost: () => bigint): Kafka => ({
    ...{ connectSender: () => rig.kafka.connectSender(), readToEnd: (...args) => rig.kafka.readToEnd(...args) },
    ...{ ensureTopic: (...args) => rig.kafka.ensureTopic(...args), close: () => Promise.resolve() },
    offsets: async (topic) => {
      const offsets = new Map<number, PartitionOffsets>(await rig.kafka.offsets(topic));
      const first = offsets.get(0);
      if (first !== undefined) offsets.set(0, { low: first.low, high: first.high - lost() });
      return offsets;
    },
  });

  it('whose connections broke begins again from the checkpoints: the next database may be another one', async () => {
    const log = await rig.startedLog();
    await say(rig.database, log, workspaceIn(0, log), ['1', '2']);
    await relayedTo(2);
    const epoch = log.status().relay.epoch ?? 0;
    // What a restored backup says: the second record was not sent yet.
    await rig.database.query('UPDATE event_log_checkpoints SET position = 1, topic_offset = 0, record_id = NULL');
    await rig.database.query(`UPDATE event_log_checkpoints c SET record_id = l.record_id FROM event_log l
      WHERE l.partition = 0 AND c.partition = 0 AND l.position = 1`);
    await rig.database
      .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()`)
      .catch(() => undefined);
    await eventually('sent again', async () => (await texts()).length === 3);
    expect(log.status().relay.epoch).toBeGreaterThan(epoch);
  });

  it('that has nothing to send notices that the topic lost its end', async () => {
    let lost = 0n;
    const log = await rig.startedLog({ kafka: cutOff(() => lost), watchMs: 100 });
    await say(rig.database, log, workspaceIn(0, log), ['1', '2']);
    await relayedTo(2);
    lost = 1n;
    await eventually('halted', () => log.gate.reason()?.includes('recreated or truncated') === true);
  });

  it('moves no checkpoint when a send lands before it: that would hide from every check what the topic lost', async () => {
    const tampered = new TamperedKafka(rig.kafka);
    const kafka: Kafka = {
      ...tampered.kafka,
      connectSender: async (options) => {
        const sender = await tampered.kafka.connectSender(options);
        const send: typeof sender.send = async (topic, records) => {
          const bases = await sender.send(topic, records);
          return tampered.sends === 2 ? new Map([[0, 0n]]) : bases;
        };
        return { close: () => sender.close(), send };
      },
    };
    const log = await rig.startedLog({ kafka });
    await say(rig.database, log, workspaceIn(0, log), ['1', '2']);
    await relayedTo(2);
    await say(rig.database, log, workspaceIn(0, log), ['3']);
    await eventually('noticed', () => log.status().relay.error?.includes('lost its end') === true);
    expect(await checkpoint()).toMatchObject({ position: 2, topic_offset: '1' });
    await relayedTo(3);
    expect(await checkpoint()).toMatchObject({ topic_offset: '3' });
  });

  it('moves no checkpoint to a record that the log does not have: the database went back, unnoticed', async () => {
    const tampered = new TamperedKafka(rig.kafka);
    const log = await rig.startedLog({ kafka: tampered.kafka });
    await say(rig.database, log, workspaceIn(0, log), ['1']);
    await relayedTo(1);
    tampered.afterSend = async () => {
      await rig.database.query(`WITH gone AS (DELETE FROM event_log WHERE partition = 0 AND position = 2)
        UPDATE event_log_heads h SET position = 1, record_id = c.record_id FROM event_log_checkpoints c
         WHERE h.partition = 0 AND c.partition = 0`);
    };
    await say(rig.database, log, workspaceIn(0, log), ['2']);
    await eventually('halted', () => log.gate.reason()?.includes('restored') === true);
    expect(await checkpoint()).toMatchObject({ position: 1, topic_offset: '0' });
  });

  it('sets no checkpoint forward for a republish: what lies between would never be sent', async () => {
    const tampered = new TamperedKafka(rig.kafka);
    const pause = new Latch();
    tampered.beforeSend = async () => {
      await pause.wait();
      throw new Error('the broker is away');
    };
    const log = await rig.startedLog({ kafka: tampered.kafka });
    await say(rig.database, log, workspaceIn(0, log), ['1', '2', '3']);
    await pause.whenReached;
    const republished = log.republish(0, 3);
    await eventually('asked', async () => {
      const asked = 'SELECT FROM event_log_checkpoints WHERE republish_from = 3';
      return (await rig.database.query(asked)).length === 1;
    });
    tampered.beforeSend = () => Promise.resolve();
    pause.open();
    await republished;
    const consumer = new RunningConsumer(rig);
    await eventually('all of it', async () => (await appliedTexts(rig, 0)).length === 3);
    expect(consumer.consumer.status().partitions.every(({ status }) => status === 'running')).toBe(true);
  });

  it('hides nothing by a republish that the log does not know', async () => {
    const log = await rig.startedLog();
    await say(rig.database, log, workspaceIn(0, log), ['1', '2', '3']);
    await relayedTo(3);
    await log.stop();
    // As it was after the second record: a restored backup.
    await rig.database.query('DELETE FROM event_log WHERE partition = 0 AND position = 3');
    await rig.database.query(`UPDATE event_log_heads h SET position = 2, record_id = l.record_id FROM event_log l
      WHERE h.partition = 0 AND l.partition = 0 AND l.position = 2`);
    await rig.database.query(`UPDATE event_log_checkpoints c SET position = 2, topic_offset = 1, record_id = l.record_id
      FROM event_log l WHERE c.partition = 0 AND l.partition = 0 AND l.position = 2`);
    const restored = rig.log();
    await restored.start();
    await eventually('halted', () => restored.gate.reason()?.includes('restored') === true);
    await expect(restored.republish(0, 1, 2_000)).rejects.toMatchObject({ kind: 'not_done_yet' });
    expect(await checkpoint()).toMatchObject({ position: 2, topic_offset: '1' });
    expect(restored.gate.reason()).toContain('restored');
    expect(await texts()).toHaveLength(3);
  });
});
