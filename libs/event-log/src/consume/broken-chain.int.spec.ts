import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventLog } from '../event-log.js';
import { eventually, PARTITIONS, Rig, say, TOPIC, workspaceIn } from '../rig.spec-support.js';
import { TamperedKafka } from '../tampering.spec-support.js';
import { appliedTexts, HandControl, handOver, consumerOptions, RunningConsumer } from './consuming.spec-support.js';
import { LogConsumer } from './log-consumer.js';

const word = { reason: 'the broker lost it, and the record is not needed', by: 'operator@test' };

describe('a partition whose chain is broken', () => {
  let rig: Rig;
  let tampered: TamperedKafka;
  let log: EventLog;
  beforeAll(async () => {
    rig = await Rig.open();
    tampered = new TamperedKafka(rig.kafka);
    log = await rig.startedLog({ kafka: tampered.kafka });
  });
  afterAll(() => rig.close());

  const lose = (text: string) => {
    tampered.tamper = (record) => (String(record.value).includes(`"${text}"`) ? null : record);
  };
  const relayed = () =>
    eventually('relayed', async () => (await log.progress()).every(({ head, relayed: sent }) => head === sent));
  const statusOf = async (partition: number, consumer = 'test.consumer') => {
    const [row] = await rig.database.query<{ status: string; position: number; stopped: unknown }>(
      'SELECT status, position, stopped FROM event_log_consumers WHERE partition = $1 AND consumer = $2',
      [partition, consumer],
    );
    return row;
  };
  /** Says 1 2 3, loses 4, says 5 6. */
  const breakPartition = async (partition: number): Promise<string> => {
    const workspace = workspaceIn(partition, log);
    await say(rig.database, log, workspace, ['1', '2', '3']);
    await relayed();
    lose('4');
    await say(rig.database, log, workspace, ['4']);
    await relayed();
    tampered.tamper = (record) => record;
    await say(rig.database, log, workspace, ['5', '6']);
    await relayed();
    return workspace;
  };

  it('stops alone, visibly and across restarts, when a record is missing; republish repairs it', async () => {
    await breakPartition(0);
    const neighbour = workspaceIn(1, log);
    const first = new RunningConsumer(rig);
    await eventually('stopped', async () => (await statusOf(0))?.status === 'gap');
    await say(rig.database, log, neighbour, ['1']);
    await eventually('the neighbour goes on', async () => (await appliedTexts(rig, 1)).length === 1);
    expect(await appliedTexts(rig, 0)).toEqual(['1', '2', '3']);
    expect(await statusOf(0)).toMatchObject({
      position: 3,
      stopped: { after: { position: 3 }, found: { kind: 'record', position: 5 }, detail: 'position 4 is missing' },
    });
    await first.close();

    const second = new RunningConsumer(rig);
    await eventually('assigned', () => second.partitions.length === PARTITIONS);
    await say(rig.database, log, neighbour, ['2']);
    await eventually('the neighbour goes on', async () => (await appliedTexts(rig, 1)).length === 2);
    expect(second.consumer.status().partitions[0]).toMatchObject({ status: 'gap', position: 3 });
    expect(await appliedTexts(rig, 0)).toEqual(['1', '2', '3']);

    const { topicEnd } = await log.republish(0, 4);
    await second.consumer.resume(0, { offset: topicEnd });
    await eventually('all of it', async () => (await appliedTexts(rig, 0)).length === 6);
    expect(await appliedTexts(rig, 0)).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(second.consumer.status().partitions[0]).toMatchObject({ status: 'running', position: 6 });
    await second.close();
  });

  it('goes on without what is missing once an operator accepts the gap, which is kept with the reason', async () => {
    const workspace = await breakPartition(2);
    const consumer = new RunningConsumer(rig);
    await eventually('stopped', async () => (await statusOf(2))?.status === 'gap');
    await expect(consumer.consumer.accept(1, word)).rejects.toMatchObject({ kind: 'not_stopped' });
    await consumer.consumer.accept(2, word);
    await eventually('goes on', async () => (await appliedTexts(rig, 2)).length === 5);
    expect(await appliedTexts(rig, 2)).toEqual(['1', '2', '3', '5', '6']);
    expect(
      await rig.database.query(
        'SELECT partition, kind, from_position, to_position, reason, accepted_by FROM event_log_accepted_gaps',
      ),
    ).toEqual([
      { partition: 2, kind: 'gap', from_position: 4, to_position: 4, reason: word.reason, accepted_by: word.by },
    ]);
    await say(rig.database, log, workspace, ['7']);
    await eventually('follows', async () => (await appliedTexts(rig, 2)).length === 6);
    await consumer.close();
  });

  it('stops when another record stands at a position, and goes on with the one that was accepted', async () => {
    const workspace = workspaceIn(3, log);
    await say(rig.database, log, workspace, ['1', '2']);
    await relayed();
    const consumer = new RunningConsumer(rig);
    await eventually('applied', async () => (await appliedTexts(rig, 3)).length === 2);
    // What a database that was restored and went on would send: position 2 again, with another id.
    const forkedId = randomUUID();
    const sender = await rig.kafka.connectSender();
    const [one, two] = (await rig.topicRecords()).filter((record) => record.partition === 3);
    const forked = {
      ...{ partition: 3, key: workspace, value: '{"text":"2 again"}' },
      headers: { ...two?.headers, ce_id: forkedId, ce_pontepredecessor: one?.headers['ce_id'] ?? '' },
    };
    await sender.send(TOPIC, [forked]);
    await eventually('stopped', async () => (await statusOf(3))?.status === 'forked');
    expect(await statusOf(3)).toMatchObject({ position: 2, stopped: { found: { position: 2, id: forkedId } } });
    expect(await appliedTexts(rig, 3)).toEqual(['1', '2']);

    await consumer.consumer.accept(3, word);
    await eventually('goes on', async () => (await appliedTexts(rig, 3)).length === 3);
    expect(await appliedTexts(rig, 3)).toEqual(['1', '2', '2 again']);
    await consumer.close();
  });

  it('stops when a record names another predecessor than the known one', async () => {
    const records = (await rig.topicRecords()).filter((record) => record.partition === 1);
    const [first, second] = records;
    if (first === undefined || second === undefined) throw new Error('two records are needed');
    const consumer = new LogConsumer(consumerOptions(rig, { name: 'test.forked' }));
    const control = new HandControl();
    await consumer.handle({ kind: 'assigned', topic: TOPIC, partitions: [1], control });
    const changed = { ...second, headers: { ...second.headers, ce_pontepredecessor: randomUUID() } };
    await consumer.handle(handOver([first, changed], control));
    // Once more from the stored offset before it is called a fork.
    expect(control.seeks.at(-1)).toEqual([1, 1n]);
    expect(control.paused.has(1)).toBe(false);
    await consumer.handle(handOver([changed], control));
    expect(control.paused.has(1)).toBe(true);
    expect(await statusOf(1, 'test.forked')).toMatchObject({ status: 'forked', position: 1 });
    await consumer.handle({ kind: 'revoked', topic: TOPIC, partitions: [1] });
  });

  it('stops at what is no record of a log, and passes it by when an operator says so', async () => {
    const sender = await rig.kafka.connectSender();
    const workspace = workspaceIn(1, log);
    await sender.send(TOPIC, [{ partition: 1, key: 'stranger', headers: {}, value: 'hello' }]);
    await say(rig.database, log, workspace, ['3']);
    const consumer = new RunningConsumer(rig);
    await eventually('stopped', async () => (await statusOf(1))?.status === 'forked');
    await consumer.consumer.accept(1, word);
    await eventually('goes on', async () => (await appliedTexts(rig, 1)).includes('3'));
    await consumer.close();
  });

  it('stops before a version that this program does not read, until one is in place that does', async () => {
    const workspace = workspaceIn(1, log);
    await rig.database.transaction((sql) =>
      log.append(sql, [{ ...newSaid(workspace, 'newer'), type: 'ponte.Said.v2' }, newSaid(workspace, 'after')]),
    );
    const old = new RunningConsumer(rig);
    await eventually('stopped', async () => (await statusOf(1))?.status === 'unknown_version');
    await old.close();
    const newer = new RunningConsumer(rig, { knownTypes: new Map([['ponte.Said', 2]]) });
    await newer.consumer.resume(1, { offset: null });
    await eventually('goes on', async () => (await appliedTexts(rig, 1)).includes('after'));
    expect(await appliedTexts(rig, 1)).toContain('newer');
    await newer.close();
  });

  const newSaid = (workspaceId: string, text: string) => ({
    ...{ id: randomUUID(), type: 'ponte.Said.v1', workspaceId, subject: 'deal/1', time: new Date(), hops: 0 },
    ...{ data: JSON.stringify({ text }), correlationId: randomUUID(), causationId: null, traceparent: null },
  });
});

describe('a new consumer of a topic whose beginning is gone', () => {
  it('begins at the earliest record, and the gap is accepted by the system and kept', async () => {
    const rig = await Rig.open();
    const log = await rig.startedLog();
    await say(rig.database, log, workspaceIn(0, log), ['1', '2', '3', '4']);
    await eventually('relayed', async () => (await rig.topicRecords()).length === 4);
    const records = await rig.topicRecords();
    const consumer = new LogConsumer(consumerOptions(rig));
    const control = new HandControl();
    await consumer.handle({ kind: 'assigned', topic: TOPIC, partitions: [0], control });
    expect(control.seeks).toEqual([[0, 'earliest']]);
    await consumer.handle(handOver(records.slice(2), control));
    expect(await appliedTexts(rig)).toEqual([]);
    await consumer.handle(handOver(records.slice(2), control));
    expect(await appliedTexts(rig)).toEqual(['3', '4']);
    expect(
      await rig.database.query(
        'SELECT kind, from_position, to_position, topic_offset, accepted_by FROM event_log_accepted_gaps',
      ),
    ).toEqual([{ kind: 'trimmed', from_position: 1, to_position: 2, topic_offset: 2, accepted_by: 'system' }]);
    await rig.close();
  });
});
