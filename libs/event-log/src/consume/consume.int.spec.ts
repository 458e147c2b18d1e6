import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventLog } from '../event-log.js';
import { eventually, newRecord, PARTITIONS, Rig, say, TOPIC, workspaceIn } from '../rig.spec-support.js';
import { appliedTexts, HandControl, handOver, consumerOptions, RunningConsumer } from './consuming.spec-support.js';
import { LogConsumer } from './log-consumer.js';

/** Each test has its own rig: what one leaves behind must not be another's past. */
async function open(): Promise<{ rig: Rig; log: EventLog; workspaces: string[] }> {
  const rig = await Rig.open();
  const log = await rig.startedLog();
  return { rig, log, workspaces: Array.from({ length: PARTITIONS }, (_, partition) => workspaceIn(partition, log)) };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

describe('consume', () => {
  let rig: Rig;
  let log: EventLog;
  let workspaces: string[];
  beforeAll(async () => {
    ({ rig, log, workspaces } = await open());
  });
  afterAll(() => rig.close());
  const workspace = (partition: number) => workspaces[partition] ?? '';
  const rows = (consumer: string) =>
    rig.database.query<{ partition: number; position: number; status: string; owner: string | null }>(
      'SELECT partition, position, status, owner FROM event_log_consumers WHERE consumer = $1 ORDER BY partition',
      [consumer],
    );

  it('applies every record once, in order, and moves its row in the same transaction', async () => {
    const consumer = new RunningConsumer(rig);
    for (let i = 1; i <= 30; i++) {
      for (let p = 0; p < PARTITIONS; p++) await say(rig.database, log, workspace(p), [String(i)]);
    }
    await eventually('all applied', async () => (await appliedTexts(rig)).length >= 30 * PARTITIONS);
    for (let p = 0; p < PARTITIONS; p++) expect(await appliedTexts(rig, p)).toEqual(numbers(1, 30));
    expect((await rows('test.consumer')).map((row) => row.position)).toEqual([30, 30, 30, 30]);
    expect(consumer.consumer.status().partitions.every((partition) => partition.lagRecords === 0)).toBe(true);
    await consumer.close();
    expect((await rows('test.consumer')).every((row) => row.owner === null)).toBe(true);
  });

  it('is unchanged by a group whose offsets were rewound or deleted', async () => {
    const before = (await appliedTexts(rig)).length;
    // Another group has no offsets at all, and one that begins at 0 sees everything again.
    const consumer = new RunningConsumer(rig, {}, 'a-group-without-offsets');
    await say(rig.database, log, workspace(0), ['31']);
    await eventually('the new one', async () => (await appliedTexts(rig, 0)).length === 31);
    const records = await rig.topicRecords();
    const control = new HandControl();
    const second = new LogConsumer(consumerOptions(rig));
    await consumer.close();
    await second.handle({ kind: 'assigned', topic: TOPIC, partitions: [0, 1, 2, 3], control });
    expect(control.seeks.map(([, offset]) => offset)).toEqual([31n, 30n, 30n, 30n]);
    await second.handle(handOver(records, control));
    expect((await appliedTexts(rig)).length).toBe(before + 1);
    expect(second.status().counters).toMatchObject({ applied: 0, skipped: records.length });
    await second.handle({ kind: 'revoked', topic: TOPIC, partitions: [0, 1, 2, 3] });
  });

  it('does not disturb another consumer of the same topic in the same database', async () => {
    const before = await rows('test.consumer');
    const seen: string[] = [];
    const other = new RunningConsumer(rig, {
      name: 'test.other',
      apply: (_sql, records) => {
        seen.push(...records.map((record) => `${String(record.partition)}/${String(record.position)}`));
        return Promise.resolve();
      },
    });
    await eventually('the other has everything', () => seen.length >= 121);
    expect(new Set(seen).size).toBe(seen.length);
    await other.close();
    expect(await rows('test.consumer')).toEqual(before);
  });

  it('passes over types that it does not know, and counts them', async () => {
    const consumer = new RunningConsumer(rig);
    await rig.database.transaction((sql) =>
      log.append(sql, [
        newRecord(workspace(1), 'unknown', { type: 'ponte.Unheard.v3' }),
        newRecord(workspace(1), '31'),
      ]),
    );
    await eventually('the next one', async () => (await appliedTexts(rig, 1)).includes('31'));
    expect(await appliedTexts(rig, 1)).not.toContain('unknown');
    expect(consumer.consumer.status().counters.passedOver).toBe(1);
    await consumer.close();
  });

  it('retries errors of the infrastructure and never takes them for poison', async () => {
    let failures = 3;
    const consumer = new RunningConsumer(rig, {
      apply: async (sql, records) => {
        if (failures-- > 0) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        await sql.query('INSERT INTO applied (text, partition) SELECT $1, $2', [
          'after failures',
          records[0]?.partition,
        ]);
      },
    });
    await say(rig.database, log, workspace(2), ['31']);
    await eventually('applied at last', async () => (await appliedTexts(rig, 2)).includes('after failures'));
    expect(consumer.failures.length).toBeGreaterThanOrEqual(3);
    expect(await rig.database.query('SELECT 1 FROM event_log_dead_letters')).toEqual([]);
    await consumer.close();
  });
});
