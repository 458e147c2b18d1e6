import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventLog } from '../event-log.js';
import { eventually, newRecord, PARTITIONS, Rig, workspaceIn } from '../rig.spec-support.js';
import { appliedTexts, applyToTable, RunningConsumer } from './consuming.spec-support.js';

interface Letter {
  id: number;
  reason: string;
  position: number;
  error: { name: string; stack: string[] } | null;
  headers: Record<string, string>;
  value: Buffer;
  resolution: string | null;
}

describe('a record that can’t be applied', () => {
  let rig: Rig;
  let log: EventLog;
  let workspaces: string[];
  beforeEach(async () => {
    rig = await Rig.open();
    log = await rig.startedLog();
    workspaces = Array.from({ length: PARTITIONS }, (_, partition) => workspaceIn(partition, log));
  });
  afterEach(() => rig.close());

  /** `subject:text` in one transaction. */
  const sayAbout = async (partition: number, ...said: string[]) => {
    await rig.database.transaction((sql) =>
      log.append(
        sql,
        said.map((one) => {
          const [subject = '', text = ''] = one.split(':');
          return newRecord(workspaces[partition] ?? '', text, { subject });
        }),
      ),
    );
  };
  const letters = () => rig.database.query<Letter>('SELECT * FROM event_log_dead_letters ORDER BY partition, position');
  const statusOf = async (partition: number) => {
    const [row] = await rig.database.query<{ status: string; position: number; parked: number }>(
      'SELECT status, position, parked FROM event_log_consumers WHERE partition = $1',
      [partition],
    );
    return row;
  };

  it('lands in dead letters, whole and with its error; its neighbours are applied, its followers of the same deal park', async () => {
    await sayAbout(0, 'deal/a:a1', 'deal/b:poison b1', 'deal/a:a2', 'deal/b:b2', 'deal/c:c1', 'deal/b:b3');
    await sayAbout(1, 'deal/b:another partition');
    const consumer = new RunningConsumer(rig);
    await eventually('followed', async () => (await statusOf(0))?.position === 6);
    await eventually('the neighbour', async () => (await appliedTexts(rig, 1)).length === 1);
    expect(await appliedTexts(rig, 0)).toEqual(['a1', 'a2', 'c1']);
    const [poison, ...parked] = await letters();
    expect(poison).toMatchObject({ reason: 'poison', position: 2, error: { name: 'TypeError' } });
    expect(poison?.value.toString()).toBe('{"text":"poison b1"}');
    expect(poison?.headers).toMatchObject({ ce_subject: 'deal/b', ce_ponteposition: '2' });
    expect(parked.map(({ reason, position }) => [reason, position])).toEqual([
      ['parked', 4],
      ['parked', 6],
    ]);
    expect(await statusOf(0)).toMatchObject({ status: 'running', parked: 3 });
    // Followers that come later park as well.
    await sayAbout(0, 'deal/b:b4', 'deal/a:a3');
    await eventually('followed', async () => (await statusOf(0))?.position === 8);
    expect(await appliedTexts(rig, 0)).toEqual(['a1', 'a2', 'c1', 'a3']);
    expect(consumer.consumer.status().counters).toMatchObject({ poisoned: 1, parked: 3 });
  });

  it('leaves no value of its data in the error text', async () => {
    await sayAbout(0, 'deal/a:poison Maria da Silva');
    new RunningConsumer(rig);
    await eventually('set aside', async () => (await letters()).length === 1);
    const [letter] = await letters();
    expect(JSON.stringify(letter?.error)).not.toContain('Maria');
    expect(letter?.error?.stack[0]).toContain('applyToTable');
  });

  it('tells the rest of the world in the same transaction', async () => {
    const consumer = new RunningConsumer(rig, {
      onPoison: async (sql, record) => {
        await sql.query(`INSERT INTO applied (position, text, partition) VALUES ($1, 'failed', 0)`, [record.position]);
      },
    });
    await sayAbout(0, 'deal/a:a1', 'deal/b:poison', 'deal/a:a2');
    await eventually('told', async () => (await appliedTexts(rig)).length === 3);
    expect((await appliedTexts(rig)).sort()).toEqual(['a1', 'a2', 'failed']);
    expect(consumer.consumer.status().counters.poisoned).toBe(1);
  });

  it('stops the partition when it is the sixth in a hundred positions: that is a bug, not bad data', async () => {
    const said = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? `deal/${String(i)}:poison` : `deal/${String(i)}:ok`,
    );
    await sayAbout(0, ...said);
    await sayAbout(1, 'deal/x:neighbour');
    let mended = false;
    const consumer = new RunningConsumer(rig, {
      apply: (sql, records) =>
        mended
          ? applyToTable(
              sql,
              records.map((record) => ({ ...record, data: '{"text":"ok"}' })),
            )
          : applyToTable(sql, records),
    });
    await eventually('stopped', async () => (await statusOf(0))?.status === 'poisoned');
    expect(await letters()).toHaveLength(5);
    expect(await statusOf(0)).toMatchObject({ position: 10 });
    await eventually('the neighbour', async () => (await appliedTexts(rig, 1)).length === 1);
    mended = true;
    await consumer.consumer.resume(0, { offset: null });
    await eventually('the rest', async () => (await statusOf(0))?.position === 20);
    expect(await letters()).toHaveLength(5);
  });

  it('can be retried with what is parked behind it, in order, where the consumer allows it', async () => {
    let broken = true;
    const consumer = new RunningConsumer(rig, {
      redo: 'in_place',
      apply: (sql, records) =>
        applyToTable(
          sql,
          broken ? records : records.map((record) => ({ ...record, data: record.data.replace('poison ', '') })),
        ),
    });
    await sayAbout(0, 'deal/b:poison b1', 'deal/b:b2', 'deal/a:a1', 'deal/b:b3');
    await eventually('followed', async () => (await statusOf(0))?.position === 4);
    const [poison, parked] = await letters();
    await expect(consumer.consumer.retry(poison?.id ?? 0, 'operator')).rejects.toMatchObject({ kind: 'failed_again' });
    await expect(consumer.consumer.retry(parked?.id ?? 0, 'operator')).rejects.toMatchObject({ kind: 'blocked' });
    broken = false;
    await expect(consumer.consumer.retry(poison?.id ?? 0, 'operator')).resolves.toBe(3);
    expect(await appliedTexts(rig, 0)).toEqual(['a1', 'b1', 'b2', 'b3']);
    expect((await letters()).every((letter) => letter.resolution === 'retried')).toBe(true);
    await sayAbout(0, 'deal/b:b4');
    await eventually('no longer parked', async () => (await appliedTexts(rig, 0)).includes('b4'));
    await expect(consumer.consumer.retry(poison?.id ?? 0, 'op')).rejects.toMatchObject({ kind: 'already_resolved' });
  });

  it('can be dismissed with a reason; its followers are retried then', async () => {
    const consumer = new RunningConsumer(rig, { redo: 'in_place' });
    await sayAbout(0, 'deal/b:poison b1', 'deal/b:b2');
    await eventually('followed', async () => (await statusOf(0))?.position === 2);
    const [poison, parked] = await letters();
    await consumer.consumer.dismiss(poison?.id ?? 0, { reason: 'a test payload', by: 'operator' });
    await expect(consumer.consumer.retry(parked?.id ?? 0, 'operator')).resolves.toBe(1);
    expect(await appliedTexts(rig, 0)).toEqual(['b2']);
    expect(await statusOf(0)).toMatchObject({ parked: 0 });
  });

  it('is never retried where its consumer says so', async () => {
    const consumer = new RunningConsumer(rig);
    await sayAbout(0, 'deal/b:poison b1');
    await eventually('set aside', async () => (await letters()).length === 1);
    const [poison] = await letters();
    await expect(consumer.consumer.retry(poison?.id ?? 0, 'operator')).rejects.toMatchObject({
      kind: 'redo_is_never_allowed',
    });
  });
});
