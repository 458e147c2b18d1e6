import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventLog } from '../event-log.js';
import { eventually, newRecord, PARTITIONS, Rig, sleep, workspaceIn } from '../rig.spec-support.js';
import { RunningConsumer } from './consuming.spec-support.js';

describe('instances of a consumer', () => {
  let rig: Rig;
  let log: EventLog;
  beforeAll(async () => {
    rig = await Rig.open();
    log = await rig.startedLog();
  });
  afterAll(() => rig.close());

  it('that come and go under load apply every record once, in order', async () => {
    const workspaces = Array.from({ length: PARTITIONS }, (_, partition) => workspaceIn(partition, log));
    let speaking = true;
    let said = 0;
    const speaker = (async () => {
      while (speaking) {
        said++;
        const text = String(said);
        await rig.database.transaction((sql) =>
          log.append(
            sql,
            workspaces.map((id) => newRecord(id, text)),
          ),
        );
        if (said % 5 === 0) await sleep(5);
      }
    })();

    const instances = [new RunningConsumer(rig, { maxRecords: 20 })];
    const join = async () => {
      instances.push(new RunningConsumer(rig, { database: await rig.anotherDatabase(), maxRecords: 20 }));
    };
    const everyoneHas = () => eventually('shared', () => instances.every((one) => one.partitions.length > 0));
    await everyoneHas();
    await join();
    await everyoneHas();
    await join();
    await everyoneHas();
    await instances.shift()?.close();
    await join();
    await everyoneHas();
    await instances.shift()?.close();
    await sleep(300);
    speaking = false;
    await speaker;

    await eventually('all applied', async () => (await counts()).every((count) => count === said));
    const rows = await rig.database.query<{ partition: number; texts: string[] }>(
      'SELECT partition, array_agg(text ORDER BY seq) AS texts FROM applied GROUP BY partition ORDER BY partition',
    );
    const expected = Array.from({ length: said }, (_, i) => String(i + 1));
    for (const { texts } of rows) expect(texts).toEqual(expected);
    expect(said).toBeGreaterThan(20);
  }, 120_000);

  const counts = async () => {
    const rows = await rig.database.query<{ count: number }>(
      `SELECT (SELECT count(*) FROM applied a WHERE a.partition = p.partition) AS count
         FROM generate_series(0, ${String(PARTITIONS - 1)}) AS p (partition)`,
    );
    return rows.map((row) => row.count);
  };
});
