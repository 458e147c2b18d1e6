import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isInfrastructureError, type Sql } from '@ponte/service-kit';
import type { Backup } from '@ponte/testing';
import { appliedTexts, RunningConsumer } from '../../consume/consuming.spec-support.js';
import { AppendsHeld, eventId, type Adopter, type EventLog, type LogRecord, type NewRecord } from '../../index.js';
import { eventually, newRecord, Rig, workspaceIn } from '../../rig.spec-support.js';

const WORD = { reason: 'restored from last night', by: 'ana' };

/** A service whose state is what it said, by text. */
const evolve = async (sql: Sql, records: readonly LogRecord[]) => {
  await sql.query(
    `INSERT INTO applied (id, partition, position, text)
     SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::text[])`,
    [
      records.map((record) => record.id),
      records.map((record) => record.partition),
      records.map((record) => record.position),
      records.map((record) => record.data),
    ],
  );
  return [{ what: 'bytes', subject: null, count: records.length }];
};

describe('a database that was restored from a backup', () => {
  let rig: Rig;
  let log: EventLog;
  let workspaces: string[];
  let backup: Backup;
  beforeEach(async () => {
    rig = await Rig.open();
    log = await rig.startedLog({ adopter: { evolve } });
    workspaces = [0, 1].map((partition) => workspaceIn(partition, log));
  });
  afterEach(() => rig.close());

  /** Says things of one cause, with the state that follows from them. */
  const say = async (partition: number, cause: string, count: number, more: Partial<NewRecord> = {}) => {
    const records = Array.from({ length: count }, (_, index) =>
      newRecord(workspaces[partition] ?? '', cause, { id: eventId(cause, index), causationId: cause, ...more }),
    );
    await retrying(() => rig.database.transaction(async (sql) => evolve(sql, await log.append(sql, records))));
  };
  /** The pool's connections were cut by the backup or the restore. */
  const retrying = async (work: () => Promise<unknown>) => {
    await eventually('done', () =>
      work().then(
        () => true,
        (error: unknown) => {
          if (isInfrastructureError(error) || error instanceof AppendsHeld) return false;
          throw error;
        },
      ),
    );
  };
  const settled = async (what: () => Promise<boolean>) => eventually('settled', () => what().catch(() => false));
  const relayed = () => settled(async () => (await log.progress()).every(({ head, relayed: sent }) => head === sent));
  const everything = async () => ({
    log: await rig.database.query(
      `SELECT partition, position, record_id, predecessor_id, time, hops, size, type, subject, workspace_id,
              correlation_id, causation_id, traceparent, data FROM event_log ORDER BY partition, position`,
    ),
    heads: await rig.database.query('SELECT * FROM event_log_heads ORDER BY partition'),
    checkpoints: await rig.database.query(
      'SELECT partition, position, record_id, topic_offset, anchored FROM event_log_checkpoints ORDER BY partition',
    ),
    state: await rig.database.query('SELECT id, partition, position, text FROM applied ORDER BY partition, position'),
  });
  const halted = () => eventually('halted', () => log.gate.reason()?.includes('log/adopt') === true);
  const backUp = async () => {
    await relayed();
    backup = await rig.test.backUp();
    await settled(async () => (await rig.database.query('SELECT 1')).length === 1);
  };

  it('takes back from the topic what it lacks, and is as if it had never been restored', async () => {
    await say(0, 'a', 2);
    await backUp();
    await say(0, 'b', 3, { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, hops: 2 });
    await say(1, 'c', 1);
    await say(0, 'd', 1);
    await relayed();
    const before = await everything();

    await backup.restore();
    await halted();
    await expect(
      rig.database.transaction((sql) => log.append(sql, [newRecord(workspaces[0] ?? '', 'new')])),
    ).rejects.toThrow(AppendsHeld);

    const adoption = await log.adopt(WORD);
    expect(await everything()).toEqual(before);
    expect(adoption).toMatchObject({
      ...{ reason: WORD.reason, askedBy: 'ana', state: 'done', refusal: null },
      partitions: [
        { partition: 0, fromPosition: 3, toPosition: 6, finishedWith: 0, lastTime: expect.any(String) },
        { partition: 1, fromPosition: 1, toPosition: 1 },
      ],
      losses: [{ what: 'bytes', subject: null, count: 5 }],
    });
    await log.gate.whenOpen(AbortSignal.timeout(20_000));
    await say(0, 'e', 1);
    await relayed();
    const positions = (await rig.topicRecords())
      .filter(({ partition }) => partition === 0)
      .map(({ headers }) => headers['ce_ponteposition']);
    expect([...new Set(positions)]).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  it('finishes the last cause where the topic lacks its end, on the state before it', async () => {
    const complete: Adopter['complete'] = async (sql, cause) => {
      const [row] = await sql.query<{ known: number }>(
        'SELECT count(*)::int AS known FROM applied WHERE partition = 0',
      );
      expect(row?.known).toBe(2);
      return [3, 4]
        .slice(cause.length - 3)
        .map((index) => newRecord(workspaces[0] ?? '', 'b', { id: eventId('b', index), causationId: 'b' }));
    };
    await log.stop();
    // Each batch has two records at most: the cause goes out in parts.
    log = await rig.startedLog({ adopter: { evolve, complete }, limits: { records: 2 } });
    await say(0, 'a', 2);
    await backUp();
    await say(0, 'b', 3);
    await relayed();
    await backup.restore();
    await halted();
    expect(await log.adopt(WORD)).toMatchObject({
      partitions: [{ partition: 0, fromPosition: 3, toPosition: 5, finishedWith: 2 }],
    });
    await log.gate.whenOpen(AbortSignal.timeout(20_000));
    await relayed();
    const ids = (await rig.topicRecords()).map(({ headers }) => headers['ce_id']);
    expect([...new Set(ids)]).toEqual([
      eventId('a', 0),
      eventId('a', 1),
      ...[0, 1, 2, 3, 4].map((index) => eventId('b', index)),
    ]);
  });

  it('that went on elsewhere is refused as a fork, and nothing is changed', async () => {
    await say(0, 'a', 1);
    await backUp();
    await say(0, 'b', 2);
    await relayed();
    await backup.restore();
    await halted();
    await rig.database.query(
      `INSERT INTO event_log SELECT (jsonb_populate_record(l, jsonb_build_object('position', 2, 'predecessor_id', l.record_id,
         'record_id', gen_random_uuid()))).* FROM event_log l WHERE partition = 0 AND position = 1`,
    );
    await rig.database.query(
      `UPDATE event_log_heads SET position = 2, record_id = (SELECT record_id FROM event_log WHERE position = 2) WHERE partition = 0`,
    );
    const before = await everything();
    await expect(log.adopt(WORD)).rejects.toMatchObject({ kind: 'fork' });
    expect(await everything()).toEqual(before);
    expect(log.gate.isOpen()).toBe(false);
    const [kept] = await rig.database.query(`SELECT state, refusal_kind, asked_by FROM event_log_adoptions`);
    expect(kept).toEqual({ state: 'refused', refusal_kind: 'fork', asked_by: 'ana' });
  });

  it('is not adopted without need', async () => {
    await say(0, 'a', 1);
    await expect(log.adopt(WORD)).rejects.toMatchObject({ kind: 'nothing_to_adopt' });
    await log.gate.whenOpen(AbortSignal.timeout(20_000));
    await say(0, 'b', 1);
  });

  it('is adopted once, however many ask for it, and goes on where a relay died', async () => {
    await say(0, 'a', 1);
    await backUp();
    for (let n = 0; n < 5; n++) await say(0, `b${String(n)}`, 700);
    await relayed();
    const before = await everything();
    await backup.restore();
    await halted();
    await log.stop();
    // The first chunk is written; the relay that writes the second one dies of it.
    const chunks: LogRecord[][] = [];
    const failing: Adopter = {
      evolve: (sql, records) => {
        chunks.push([...records]);
        if (chunks.length === 2) return Promise.reject(Object.assign(new Error('gone'), { infrastructure: true }));
        return evolve(sql, records);
      },
    };
    log = rig.log({ adopter: failing });
    await log.start();
    const [one, other] = await Promise.all([log.adopt(WORD), log.adopt({ ...WORD, by: 'bia' })]);
    expect(other).toEqual(one);
    expect(await everything()).toEqual(before);
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) expect(chunk.length % 700).toBe(0);
    expect(one).toMatchObject({ partitions: [{ fromPosition: 2, toPosition: 3_501 }], losses: [{ count: 3_500 }] });
  });

  it('is refused where the service cannot evolve its state, and says no values', async () => {
    await say(0, 'a', 1);
    await backUp();
    await say(0, 'b', 1);
    await relayed();
    await backup.restore();
    await halted();
    await log.stop();
    log = rig.log({ adopter: { evolve: () => Promise.reject(new TypeError('cannot read «Maria»')) } });
    await log.start();
    const refused = await log.adopt(WORD).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'not_evolved', message: expect.stringContaining('TypeError') });
    expect(String(refused)).not.toContain('Maria');
  });

  it('of a consumer, whose log is not behind, needs nobody: it reads again, each record with one effect', async () => {
    const follower = await Rig.open();
    const consumer = new RunningConsumer(rig, { database: follower.database });
    const applied = (count: number) => settled(async () => (await appliedTexts(follower)).length === count);
    await say(0, 'a', 3);
    await applied(3);
    const theirs = await follower.test.backUp();
    await say(0, 'b', 4);
    await say(1, 'c', 2);
    await applied(9);
    await theirs.restore();
    await applied(9);
    await say(0, 'd', 1);
    await applied(10);
    const rows = await follower.database.query<{ position: number }>(
      'SELECT position FROM applied WHERE partition = 0 ORDER BY seq',
    );
    expect(rows.map((row) => row.position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await consumer.close();
    await follower.close();
  });
});
