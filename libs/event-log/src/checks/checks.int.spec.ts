import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectKafka, type Kafka } from '@ponte/kafka';
import { testTopicPrefix } from '@ponte/testing';
import type { EventLog } from '../event-log.js';
import { AppendsHeld } from '../index.js';
import { answerCheck, beginCheck } from '../relay/checkpoints.js';
import { Fenced } from '../relay/lease.js';
import { eventually, newRecord, Rig, say, workspaceIn } from '../rig.spec-support.js';
import { reportOf } from './check-report.js';

/** The tables of a log, kept aside and put back: what restoring a backup does. */
const TABLES = ['installation', 'heads', 'relay', 'checkpoints', 'checks'].map((name) => `event_log_${name}`);

describe('log and topic', () => {
  let rig: Rig;
  let log: EventLog;
  beforeEach(async () => {
    rig = await Rig.open();
    log = await rig.startedLog();
  });
  afterEach(() => rig.close());

  const backUp = async () => {
    for (const table of ['event_log', ...TABLES]) {
      await rig.database.query(`CREATE TABLE backup_${table} AS TABLE ${table}`);
    }
  };
  const restore = () =>
    rig.database.transaction(async (sql) => {
      for (const table of ['event_log', ...TABLES]) {
        await sql.query(`DELETE FROM ${table}`);
        await sql.query(`INSERT INTO ${table} SELECT * FROM backup_${table}`);
      }
    });
  const endConnections = () =>
    rig.database
      .query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      )
      .catch(() => undefined);
  /** A Kafka in which the topic of the same log was made anew. */
  const withTopicMadeAnew = async () => {
    const kafka = connectKafka({ ...rig.kafkaConfig, topicPrefix: testTopicPrefix() });
    rig.closeWith(() => kafka.close());
    const spec = { name: 'ponte.test.v1', partitions: 4, retentionMs: -1, maxMessageBytes: 1_000_000 };
    await kafka.ensureTopic(spec, 'create');
    return kafka;
  };
  const relayed = () =>
    eventually('relayed', async () => (await log.progress()).every(({ head, relayed: sent }) => head === sent));
  const check = async () => {
    const [row] = await rig.database.query<{ state: string; reason: string | null; detail: { kind: string }[] }>(
      'SELECT state, reason, detail FROM event_log_checks',
    );
    return row;
  };
  const append = () => rig.database.transaction((sql) => log.append(sql, [newRecord(workspaceIn(0, log), 'new')]));

  it('that belong together open the gate at every boot, whatever old relays repeated at the topic’s end', async () => {
    await say(rig.database, log, workspaceIn(0, log), ['1', '2', '3']);
    await relayed();
    await log.stop();
    const tail = await rig.topicRecords();
    const sender = await rig.kafka.connectSender();
    await sender.send(
      'ponte.test.v1',
      tail.slice(1).map(({ partition, key, headers, value }) => ({ partition, key: key ?? '', headers, value })),
    );
    const again = await rig.startedLog();
    expect(again.gate.isOpen()).toBe(true);
    expect(await check()).toMatchObject({ state: 'passed', reason: null });
  });

  it('with the topic ahead of its log, as the database was restored, are noticed before anything is appended', async () => {
    const workspace = workspaceIn(0, log);
    await say(rig.database, log, workspace, ['1', '2']);
    await relayed();
    await backUp();
    await say(rig.database, log, workspace, ['3', '4']);
    await relayed();
    await log.stop();
    await restore();

    log = rig.log();
    await log.start();
    await eventually('halted', async () => (await check())?.state === 'halted');
    await eventually('the reason is known', () => log.gate.reason()?.includes('restored') === true);
    expect(log.gate.isOpen()).toBe(false);
    expect((await check())?.detail).toEqual([
      expect.objectContaining({ kind: 'ahead', partition: 0, position: 3, head: 2 }),
      expect.objectContaining({ kind: 'ahead', partition: 0, position: 4, head: 2 }),
    ]);
    await expect(append()).rejects.toThrow(AppendsHeld);
    expect(log.status().relay.state).toBe('halted');
    expect((await rig.topicRecords()).length).toBe(4);
  });

  it('are compared again after the connections broke: a restore under running processes is noticed', async () => {
    const workspace = workspaceIn(0, log);
    await say(rig.database, log, workspace, ['1']);
    await relayed();
    await backUp();
    await say(rig.database, log, workspace, ['2']);
    await relayed();
    await restore();
    await endConnections();
    await eventually('halted', () => log.gate.reason()?.includes('restored') === true);
    await expect(append()).rejects.toThrow(AppendsHeld);
  });

  it('close the gate as soon as a connection breaks, and open it after the next check', async () => {
    const before = (await rig.database.query<{ answered: number }>('SELECT answered FROM event_log_checks'))[0];
    await endConnections();
    await eventually('closed', () => !log.gate.isOpen());
    await expect(append()).rejects.toThrow(AppendsHeld);
    await log.gate.whenOpen(AbortSignal.timeout(20_000));
    await append();
    const after = (await rig.database.query<{ answered: number }>('SELECT answered FROM event_log_checks'))[0];
    expect(after?.answered ?? 0).toBeGreaterThan(before?.answered ?? 0);
  });

  it('with another record at a position, as the database went on after a restore, are noticed', async () => {
    const workspace = workspaceIn(0, log);
    await say(rig.database, log, workspace, ['1', '2']);
    await relayed();
    await log.stop();
    await rig.database.query(`UPDATE event_log SET record_id = gen_random_uuid() WHERE partition = 0 AND position = 2`);
    log = rig.log();
    await log.start();
    await eventually('halted', async () => (await check())?.state === 'halted');
    expect((await check())?.detail).toEqual([expect.objectContaining({ kind: 'different', position: 2 })]);
  });

  it('with the topic recreated behind its checkpoint are noticed before anything is appended; republish recovers', async () => {
    const workspace = workspaceIn(0, log);
    await say(rig.database, log, workspace, ['1', '2', '3']);
    await relayed();
    await log.stop();
    const kafka = await withTopicMadeAnew();
    log = rig.log({ kafka });
    await log.start();
    await eventually('halted', () => log.gate.reason()?.includes('recreated') === true);
    await expect(append()).rejects.toThrow(AppendsHeld);
    expect((await check())?.detail).toEqual([expect.objectContaining({ kind: 'behind', partition: 0, position: 3 })]);

    await expect(log.republish(0, 9)).rejects.toMatchObject({ kind: 'no_such_position' });
    await expect(log.republish(0, 1)).resolves.toMatchObject({ topicEnd: 0n });
    await log.gate.whenOpen(AbortSignal.timeout(20_000));
    await append();
    await relayed();
    const { 0: offsets } = Object.fromEntries(await kafka.offsets('ponte.test.v1'));
    expect(offsets).toEqual({ low: 0n, high: 4n });
  });

  it('with another record of the log where the checkpoint’s was, as the topic was recreated, are noticed; republish recovers', async () => {
    await say(rig.database, log, workspaceIn(0, log), ['1', '2']);
    await relayed();
    await log.stop();
    const kafka = await withTopicMadeAnew();
    const sender = await kafka.connectSender();
    const [one, two] = await rig.topicRecords();
    for (const record of [two, one]) {
      if (record === undefined) throw new Error('two records are needed');
      await sender.send('ponte.test.v1', [{ ...record, key: record.key ?? '' }]);
    }
    log = rig.log({ kafka });
    await log.start();
    await eventually('halted', () => log.gate.reason()?.includes('recreated or truncated') === true);
    expect((await check())?.detail).toEqual([
      { kind: 'displaced', partition: 0, offset: '1', position: 1, expected: 2 },
    ]);
    await expect(log.republish(0, 1)).resolves.toMatchObject({ topicEnd: 2n });
    await log.gate.whenOpen(AbortSignal.timeout(20_000));
  });

  it('with a recreated topic that has what the log has lost since are noticed; adopt takes it back', async () => {
    await say(rig.database, log, workspaceIn(0, log), ['1', '2']);
    await relayed();
    await log.stop();
    const kafka = await withTopicMadeAnew();
    const two = (await rig.topicRecords()).at(-1);
    if (two === undefined) throw new Error('two records are needed');
    const { ce_id: predecessor = '', ...rest } = two.headers;
    const headers = { ...rest, ce_id: randomUUID(), ce_ponteposition: '3', ce_pontepredecessor: predecessor };
    await (await kafka.connectSender()).send('ponte.test.v1', [{ ...two, key: two.key ?? '', headers }]);
    log = rig.log({ kafka });
    await log.start();
    await eventually('halted', async () => (await check())?.state === 'halted');
    expect((await check())?.detail).toEqual([
      expect.objectContaining({ kind: 'behind', partition: 0, position: 2 }),
      expect.objectContaining({ kind: 'ahead', partition: 0, position: 3, topicId: headers.ce_id }),
    ]);
    await expect(log.republish(0, 1, 1_000)).rejects.toThrow();
    await expect(log.adopt({ reason: 'failed over', by: 'ana' })).resolves.toMatchObject({
      partitions: [{ partition: 0, fromPosition: 3, toPosition: 3 }],
    });
    await log.gate.whenOpen(AbortSignal.timeout(20_000));
  });

  it('are not answered for a run of Postgres that they did not look at, as behind a pooler nobody is told', async () => {
    const begin = await beginCheck(rig.database);
    const [relay] = await rig.database.query<{ epoch: number }>('SELECT epoch FROM event_log_relay');
    const answer = (server: string) =>
      answerCheck(rig.database, relay?.epoch ?? 0, { ...begin, server }, reportOf('ponte.test.v1', []));
    await expect(answer('2020-01-01 00:00:00+00')).rejects.toThrow(Fenced);
    await expect(answer(begin.server)).resolves.toBeUndefined();
  });

  it('of different installations are noticed: another database on a topic that is in use', async () => {
    await say(rig.database, log, workspaceIn(0, log), ['1']);
    await relayed();
    await log.stop();
    await rig.database.query(`DELETE FROM event_log`);
    await rig.database.query(`UPDATE event_log_heads SET position = 0, record_id = NULL`);
    await rig.database.query(`UPDATE event_log_checkpoints SET position = 0, record_id = NULL, topic_offset = NULL`);
    log = rig.log();
    await log.start();
    await eventually('halted', () => log.gate.reason()?.includes('another installation') === true);
  });

  it('are fine when retention has emptied the topic', async () => {
    await say(rig.database, log, workspaceIn(0, log), ['1', '2']);
    await relayed();
    await log.stop();
    const kafka: Kafka = {
      connectSender: () => rig.kafka.connectSender(),
      readToEnd: (...args) => rig.kafka.readToEnd(...args),
      ensureTopic: (...args) => rig.kafka.ensureTopic(...args),
      close: () => Promise.resolve(),
      offsets: async (topic) => {
        const offsets = await rig.kafka.offsets(topic);
        return new Map([...offsets].map(([partition, { high }]) => [partition, { low: high, high }]));
      },
    };
    log = await rig.startedLog({ kafka });
    expect(await check()).toMatchObject({ state: 'passed' });
  });

  it('that were found apart keep every instance from appending, also the one that boots later', async () => {
    const other = await rig.startedLog({ database: await rig.anotherDatabase() });
    await say(rig.database, log, workspaceIn(0, log), ['1']);
    await relayed();
    await rig.database.query(`UPDATE event_log SET record_id = gen_random_uuid() WHERE partition = 0`);
    await rig.database.query(`UPDATE event_log_checks SET requested = requested + 1`);
    await rig.database.query(`NOTIFY event_log_state`);
    await eventually('both closed', () => !log.gate.isOpen() && !other.gate.isOpen());
    const third = rig.log({ database: await rig.anotherDatabase() });
    await third.start();
    await eventually('the third says why', () => third.gate.reason()?.includes('restored') === true);
  });
});
