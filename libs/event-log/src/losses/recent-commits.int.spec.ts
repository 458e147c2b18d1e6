import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendRecords } from '../append/append.js';
import type { EventLog } from '../event-log.js';
import { eventually, newRecord, Rig, say, workspaceIn } from '../rig.spec-support.js';
import { TamperedKafka } from '../tampering.spec-support.js';
import { listLosses } from './losses.js';

describe('a database that lost its tail', () => {
  let rig: Rig;
  let log: EventLog;
  beforeEach(async () => {
    rig = await Rig.open();
  });
  afterEach(() => rig.close());

  /** As after a failover: connections break, and the log ends earlier. */
  const lose = async (partition: number, after: number, onLost: () => void = () => undefined) => {
    await rig.database.query('DELETE FROM event_log WHERE partition = $1 AND position > $2', [partition, after]);
    await rig.database.query(
      `UPDATE event_log_heads h SET position = $2, record_id =
         (SELECT l.record_id FROM event_log l WHERE l.partition = h.partition AND l.position = $2)
        WHERE h.partition = $1`,
      [partition, after],
    );
    onLost();
    const [before] = await rig.database.query<{ requested: number }>('SELECT requested FROM event_log_checks');
    await rig.database
      .query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      )
      .catch(() => undefined);
    await eventually('asked, and compared', async () => {
      const [check] = await rig.database.query<{ requested: number }>('SELECT requested FROM event_log_checks');
      return (check?.requested ?? 0) > (before?.requested ?? 0) && log.gate.isOpen();
    });
  };
  const losses = async () => (await listLosses(rig.database, { limit: 50, after: null })).items;

  it('is told what it lost by who had committed it, before anything is appended in its place', async () => {
    const kafka = new TamperedKafka(rig.kafka);
    log = await rig.startedLog({ kafka: kafka.kafka });
    const workspace = workspaceIn(2, log);
    await say(rig.database, log, workspace, ['kept']);
    await eventually('relayed', async () => (await rig.topicRecords()).length === 1);
    // Nothing of it reaches the topic: log and topic will agree.
    kafka.beforeSend = () => Promise.reject(new Error('Kafka is away'));
    const gone = await say(rig.database, log, workspace, ['gone', 'gone too']);
    await lose(2, 1, () => {
      kafka.beforeSend = () => Promise.resolve();
    });
    expect((await losses()).map(({ position, recordId }) => [position, recordId])).toEqual([
      [3, gone[1]?.id],
      [2, gone[0]?.id],
    ]);
    expect(log.status().lost).toBe(2);

    // What a consumer had appended is appended again when it applies again, under the same ids.
    const [first] = gone;
    if (first === undefined) throw new Error('two records were appended');
    await rig.database.transaction((sql) => log.append(sql, [first]));
    expect((await losses()).map(({ recordId }) => recordId)).toEqual([gone[1]?.id]);
    await eventually('counted again', () => log.status().lost === 1);
  });

  it('is told what it lost twice, where it only went back the second time its connections broke', async () => {
    const kafka = new TamperedKafka(rig.kafka);
    log = await rig.startedLog({ kafka: kafka.kafka });
    kafka.beforeSend = () => Promise.reject(new Error('Kafka is away'));
    const [gone] = await say(rig.database, log, workspaceIn(2, log), ['gone']);
    await lose(0, 0);
    expect(await losses()).toEqual([]);
    await lose(2, 0, () => {
      kafka.beforeSend = () => Promise.resolve();
    });
    expect((await losses()).map(({ recordId }) => recordId)).toEqual([gone?.id]);
  });

  it('is told of what a retry found to be committed already, whose predecessor nobody knows', async () => {
    const kafka = new TamperedKafka(rig.kafka);
    log = await rig.startedLog({ kafka: kafka.kafka });
    const workspace = workspaceIn(2, log);
    await say(rig.database, log, workspace, ['relayed']);
    await eventually('relayed', async () => (await rig.topicRecords()).length === 1);
    kafka.beforeSend = () => Promise.reject(new Error('Kafka is away'));
    // A try whose answer was lost.
    const [gone] = await rig.database.transaction((sql) =>
      appendRecords(sql, [newRecord(workspace, 'gone')], (id) => log.partitionOf(id)),
    );
    if (gone === undefined) throw new Error('a record was appended');
    log.committed([{ ...gone, predecessorId: undefined }]);
    await lose(2, 1, () => {
      kafka.beforeSend = () => Promise.resolve();
    });
    expect((await losses()).map(({ recordId }) => recordId)).toEqual([gone.id]);
  });

  it('lost nothing that the log still has, nor what retention took', async () => {
    log = await rig.startedLog();
    await say(rig.database, log, workspaceIn(1, log), ['one', 'two', 'three']);
    await eventually('relayed', async () => (await log.progress()).every(({ head, relayed }) => head === relayed));
    await rig.database.query('DELETE FROM event_log WHERE partition = 1 AND position = 1');
    await lose(0, 0);
    expect(await losses()).toEqual([]);
    expect(log.status().lost).toBe(0);
  });
});
