import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isInfrastructureError } from '@ponte/service-kit';
import { RunningConsumer } from '../../consume/consuming.spec-support.js';
import { AdoptionRefused, isAppendsHeld, type EventLog } from '../../index.js';
import { eventually, newRecord, PARTITIONS, Rig, sleep, workspaceIn } from '../../rig.spec-support.js';

describe('a database that is restored under load', () => {
  let rig: Rig;
  let follower: Rig;
  let logs: EventLog[];
  beforeEach(async () => {
    [rig, follower] = await Promise.all([Rig.open(), Rig.open()]);
    // Two instances, small batches: much is under way at any time.
    const limits = { records: 7 };
    logs = [await rig.startedLog({ limits }), await rig.startedLog({ limits, database: await rig.anotherDatabase() })];
  });
  afterEach(async () => {
    await rig.close();
    await follower.close();
  });

  it('goes on after an adoption as one chain, each record once, and loses what no copy holds alone', async () => {
    const consumer = new RunningConsumer(rig, { database: follower.database });
    const acknowledged = new Set<string>();
    let going = true;
    const workspaces = Array.from({ length: PARTITIONS }, (_, partition) => workspaceIn(partition, logOf(0)));
    const writers = Array.from({ length: 2 * PARTITIONS }, async (_, writer) => {
      const log = logOf(writer % 2);
      for (let n = 0; going; n++) {
        const records = Array.from({ length: 1 + (n % 3) }, () =>
          newRecord(workspaces[writer % PARTITIONS] ?? '', String(writer), {
            causationId: `${String(writer)}-${String(n)}`,
          }),
        );
        try {
          await rig.database.transaction((sql) => log.append(sql, records));
          for (const { id } of records) acknowledged.add(id);
        } catch (error) {
          if (!isInfrastructureError(error) && !isAppendsHeld(error)) throw error;
          await sleep(20);
        }
      }
    });
    const grown = (to: number) => eventually('grown', () => acknowledged.size >= to, 60_000);

    await grown(200);
    const backup = await rig.test.backUp();
    await grown(acknowledged.size + 300);
    await backup.restore();
    const beforeLoss = new Set(acknowledged);
    // Nothing was relayed since the backup where the load is light: then there is nothing to adopt.
    await eventually('halted or open', () => logs.every(({ gate }) => gate.isOpen() || gate.isHalted()), 60_000);
    if (logOf(0).gate.isHalted()) await logOf(0).adopt({ reason: 'a test', by: 'ana' }, 60_000).catch(unlessNeedless);
    await grown(acknowledged.size + 200);
    going = false;
    await Promise.all(writers);
    await eventually(
      'relayed',
      async () => (await logOf(0).progress()).every(({ head, relayed }) => head === relayed),
      60_000,
    );

    const topic = new Map<string, { position: number; predecessor: string | undefined; partition: number }>();
    const ends = new Map<number, string>();
    for (const { partition, headers } of await rig.topicRecords()) {
      const [id, position] = [headers['ce_id'] ?? '', Number(headers['ce_ponteposition'])];
      if (topic.has(id)) continue;
      expect(headers['ce_pontepredecessor']).toBe(ends.get(partition));
      topic.set(id, { position, predecessor: headers['ce_pontepredecessor'], partition });
      ends.set(partition, id);
    }
    const log = await rig.database.query<{ id: string }>('SELECT record_id AS id FROM event_log');
    expect(new Set(log.map(({ id }) => id))).toEqual(new Set(topic.keys()));
    const lost = [...acknowledged].filter((id) => !topic.has(id));
    expect(lost.filter((id) => !beforeLoss.has(id))).toEqual([]);
    await eventually(
      'applied',
      async () => {
        const [row] = await follower.database.query<{ count: number }>('SELECT count(*)::int AS count FROM applied');
        return row?.count === topic.size;
      },
      60_000,
    );
    expect(consumer.consumer.status().partitions.map(({ status }) => status)).toEqual(
      Array.from({ length: PARTITIONS }, () => 'running'),
    );
  });

  const logOf = (at: number): EventLog => {
    const log = logs[at];
    if (log === undefined) throw new Error('there are two');
    return log;
  };
});

function unlessNeedless(error: unknown): void {
  if (!(error instanceof AdoptionRefused) || error.kind !== 'nothing_to_adopt') throw error;
}
