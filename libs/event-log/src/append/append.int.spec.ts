import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventLog } from '../event-log.js';
import { AppendsHeld, InstallationMismatch, isAppendsHeld, RecordTooLarge, recordBytes } from '../index.js';
import { newRecord, PARTITIONS, Rig, say, sleep, workspaceIn } from '../rig.spec-support.js';

describe('append', () => {
  let rig: Rig;
  let log: EventLog;

  beforeAll(async () => {
    rig = await Rig.open();
    log = await rig.startedLog();
  });
  afterAll(() => rig.close());

  const positions = (partition: number) =>
    rig.database.query<{ position: number; record_id: string; predecessor_id: string | null; xmin: string }>(
      'SELECT position, record_id, predecessor_id, xmin::text FROM event_log WHERE partition = $1 ORDER BY position',
      [partition],
    );

  it('numbers records 1, 2, 3 … in each partition and names the predecessor of each', async () => {
    const [a, b] = [workspaceIn(0, log), workspaceIn(1, log)];
    const given = [newRecord(a, 'a1'), newRecord(b, 'b1'), newRecord(a, 'a2'), newRecord(b, 'b2'), newRecord(a, 'a3')];
    const placed = await rig.database.transaction((sql) => log.append(sql, given));

    expect(placed.map(({ partition, position }) => [partition, position])).toEqual([
      [0, 1],
      [1, 1],
      [0, 2],
      [1, 2],
      [0, 3],
    ]);
    expect(placed.map((record) => record.predecessorId)).toEqual([
      null,
      null,
      given[0]?.id,
      given[1]?.id,
      given[2]?.id,
    ]);
    const next = await say(rig.database, log, a, ['a4']);
    expect(next[0]).toMatchObject({ position: 4, predecessorId: given[4]?.id });
  });

  it('leaves no gap among concurrent appenders, and commit order is position order', async () => {
    const workspace = workspaceIn(2, log);
    await rig.database.query('CREATE TABLE commit_order (position bigint, seen timestamptz DEFAULT clock_timestamp())');
    const appender = async () => {
      for (let i = 0; i < 20; i++) {
        await rig.database.transaction(async (sql) => {
          const [first] = await log.append(sql, [newRecord(workspace, 'x'), newRecord(workspace, 'y')]);
          // What a later position saw when it was appended: every earlier one committed.
          await sql.query(
            'INSERT INTO commit_order SELECT count(*) FROM event_log WHERE partition = 2 AND position < $1',
            [first?.position],
          );
          if (i % 5 === 0) await sleep(3);
        });
      }
    };
    await Promise.all(Array.from({ length: 8 }, appender));

    const rows = await positions(2);
    expect(rows.map((row) => row.position)).toEqual(Array.from({ length: 320 }, (_, i) => i + 1));
    expect(rows.every((row, i) => row.predecessor_id === (rows[i - 1]?.record_id ?? null))).toBe(true);
    const seen = await rig.database.query<{ position: number }>('SELECT position FROM commit_order ORDER BY position');
    expect(seen.map((row) => row.position)).toEqual(Array.from({ length: 160 }, (_, i) => i * 2));
  });

  it('leaves no gap after an append that was rolled back', async () => {
    const workspace = workspaceIn(3, log);
    await say(rig.database, log, workspace, ['kept']);
    const failing = rig.database.transaction(async (sql) => {
      await log.append(sql, [newRecord(workspace, 'lost'), newRecord(workspace, 'lost too')]);
      throw new Error('the state could not be written');
    });
    await expect(failing).rejects.toThrow('the state could not be written');
    await say(rig.database, log, workspace, ['kept too']);

    const rows = await positions(3);
    expect(rows.map((row) => row.position)).toEqual([1, 2]);
    expect(rows[1]?.predecessor_id).toBe(rows[0]?.record_id);
  });

  it('that goes out with COMMIT is numbered and chained as any other, and counted once it is committed', async () => {
    const workspace = workspaceIn(3, log);
    const [first] = await say(rig.database, log, workspace, ['first']);
    const before = log.status().appended;
    const given = [newRecord(workspace, 'second'), newRecord(workspace, 'third')];
    await rig.database.transaction((sql) => {
      log.sendAppend(sql, given);
      return Promise.resolve();
    });
    const rows = (await positions(3)).slice(-2);
    expect(rows.map((row) => [row.position - (first?.position ?? 0), row.record_id, row.predecessor_id])).toEqual([
      [1, given[0]?.id, first?.id],
      [2, given[1]?.id, given[0]?.id],
    ]);
    expect(log.status().appended - before).toBe(2);
    const failing = rig.database.transaction((sql) => {
      log.sendAppend(sql, [newRecord(workspace, 'fourth')]);
      return Promise.reject(new Error('no'));
    });
    await expect(failing).rejects.toThrow('no');
    expect(log.status().appended - before).toBe(2);
    expect((await positions(3)).slice(-2)).toEqual(rows);
  });

  it("is counted where a service's own function made it, by its records or by their number", async () => {
    const [record] = await say(rig.database, log, workspaceIn(3, log), ['counted']);
    const before = log.status().appended;
    log.committed(record === undefined ? [] : [record]);
    log.committed(3);
    expect(log.status().appended - before).toBe(4);
  });

  it('keeps what it is given, whatever characters it has', async () => {
    const workspace = workspaceIn(0, log);
    const text = 'çã 😀 "quotes" \\ back {a,b} NULL \u2028';
    const record = newRecord(workspace, text, {
      data: `{"a":\n"${JSON.stringify(text).slice(1, -1)}"}`,
      traceparent: null,
    });
    await rig.database.transaction((sql) => log.append(sql, [record]));

    const [row] = await rig.database.query<{ data: string; subject: string; time: Date; size: number }>(
      'SELECT data, subject, time, size FROM event_log WHERE record_id = $1',
      [record.id],
    );
    expect(row).toEqual({ data: record.data, subject: record.subject, time: record.time, size: recordBytes(record) });
  });

  it('refuses a record that would not fit the topic before anything is appended', async () => {
    const workspace = workspaceIn(1, log);
    const before = (await positions(1)).length;
    const large = newRecord(workspace, 'large', { data: JSON.stringify('x'.repeat(900_000)) });
    await expect(
      rig.database.transaction((sql) => log.append(sql, [newRecord(workspace, 'a'), large])),
    ).rejects.toThrow(RecordTooLarge);
    expect((await positions(1)).length).toBe(before);
  });

  it('refuses a large record in the database too, where a function of a service appends', async () => {
    const workspace = workspaceIn(1, log);
    const args = log.appendArguments([newRecord(workspace, 'small')]);
    args[10] = `{"${'x'.repeat(900_000)}"}`;
    await expect(
      rig.database.query('SELECT * FROM event_log_append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)', args),
    ).rejects.toMatchObject({ code: 'EL002' });
  });

  it('refuses the same id twice', async () => {
    const workspace = workspaceIn(0, log);
    const [record] = await say(rig.database, log, workspace, ['once']);
    const again = newRecord(workspace, 'twice', { id: record?.id ?? '' });
    await expect(rig.database.transaction((sql) => log.append(sql, [again]))).rejects.toMatchObject({ code: '23505' });
  });

  it('appends twice in one transaction, after the heads were locked', async () => {
    const workspace = workspaceIn(3, log);
    const before = (await positions(3)).length;
    await rig.database.transaction(async (sql) => {
      await log.lockHeads(sql, [3, 1, 3]);
      const [first] = await log.append(sql, [newRecord(workspace, 'first')]);
      const [second] = await log.append(sql, [newRecord(workspace, 'second')]);
      expect(second).toMatchObject({ position: before + 2, predecessorId: first?.id });
    });
  });

  it('is refused by the database while a check has failed, so that no race can append', async () => {
    await rig.database.query(`UPDATE event_log_checks SET state = 'halted', reason = 'a reason'`);
    const workspace = workspaceIn(0, log);
    const args = log.appendArguments([newRecord(workspace, 'raced')]);
    const raced = rig.database.query('SELECT * FROM event_log_append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)', args);
    await expect(raced).rejects.toMatchObject({ code: 'EL001' });
    await expect(raced.catch(isAppendsHeld)).resolves.toBe(true);
    await rig.database.query(`UPDATE event_log_checks SET state = 'passed'`);
  });

  it('is refused by the database after a restart of Postgres until a check was made', async () => {
    await rig.database.query(`UPDATE event_log_checks SET server_started_at = server_started_at - interval '1 second'`);
    const args = log.appendArguments([newRecord(randomUUID(), 'early')]);
    await expect(
      rig.database.query('SELECT * FROM event_log_append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)', args),
    ).rejects.toMatchObject({ code: 'EL001' });
    await rig.database.query('UPDATE event_log_checks SET server_started_at = pg_postmaster_start_time()');
  });

  it('waits for the first check after boot', async () => {
    const another = rig.log({ database: await rig.anotherDatabase() });
    expect(another.gate.isOpen()).toBe(false);
    await expect(
      rig.database.transaction((sql) => another.append(sql, [newRecord(randomUUID(), 'early')])),
    ).rejects.toThrow(AppendsHeld);
  });

  it('refuses to start on the log of another installation', async () => {
    const wrong = rig.log({ partitions: PARTITIONS * 2, topic: 'ponte.other.v1' });
    await expect(wrong.start()).rejects.toThrow(InstallationMismatch);
    await expect(rig.log({ partitions: PARTITIONS * 2, topic: 'ponte.other.v1' }).start()).rejects.toThrow(
      /topic is ponte.test.v1 there.*partitions is 4 there and 8/,
    );
  });
});
