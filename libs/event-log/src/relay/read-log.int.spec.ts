import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventLog } from '../event-log.js';
import type { LogRecord } from '../record.js';
import { newRecord, Rig, workspaceIn } from '../rig.spec-support.js';
import { readAfter, type RoundLimits } from './read-log.js';

const ROOMY: RoundLimits = { records: 300, bytesPerPartition: 1_000_000, bytes: 10_000_000 };
const EVERYTHING = new Map([0, 1, 2, 3].map((partition) => [partition, 0]));

describe('a round of the relay', () => {
  let rig: Rig;
  let log: EventLog;
  beforeAll(async () => {
    rig = await Rig.open();
    log = await rig.startedLog();
  });
  beforeEach(async () => {
    await rig.database.query(`TRUNCATE event_log`);
    await rig.database.query(`UPDATE event_log_heads SET position = 0, record_id = NULL`);
  });
  afterAll(() => rig.close());

  /** Appends causes of so many records each to a partition, every record of some 10 KB. */
  const append = (partition: number, ...sizes: number[]) =>
    rig.database.transaction(async (sql) => {
      const workspace = workspaceIn(partition, log);
      const records = sizes.flatMap((size, cause) =>
        Array.from({ length: size }, () =>
          newRecord(workspace, String(cause), {
            causationId: `${String(partition)}-${String(cause)}`,
            data: JSON.stringify('x'.repeat(9_000)),
          }),
        ),
      );
      await log.append(sql, records);
    });
  const read = async (limits: Partial<RoundLimits>, after: ReadonlyMap<number, number> = EVERYTHING) =>
    shape((await readAfter(rig.database, after, { ...ROOMY, ...limits })).records);
  /** partition → how many records of each cause, in order. */
  const shape = (records: readonly LogRecord[]) => {
    const causes = new Map<string, number>();
    for (const { causationId } of records) causes.set(String(causationId), (causes.get(String(causationId)) ?? 0) + 1);
    return Object.fromEntries(causes);
  };

  it('ends at the end of a cause, where a cause would go over the records or the bytes of a partition', async () => {
    await append(0, 2, 3, 4);
    expect(await read({})).toEqual({ '0-0': 2, '0-1': 3, '0-2': 4 });
    expect(await read({ records: 8 })).toEqual({ '0-0': 2, '0-1': 3 });
    expect(await read({ records: 5 })).toEqual({ '0-0': 2, '0-1': 3 });
    expect(await read({ bytesPerPartition: 45_000 })).toEqual({ '0-0': 2 });
  });

  it('takes of a cause that alone is over the limits what fits, and then goes on in it', async () => {
    await append(1, 5, 1, 1);
    expect(await read({ records: 3 })).toEqual({ '1-0': 3 });
    expect(await read({ records: 3 }, new Map([[1, 3]]))).toEqual({ '1-0': 2, '1-1': 1 });
    expect(await read({ bytesPerPartition: 100 })).toEqual({ '1-0': 1 });
  });

  it('cuts no cause where the bytes of all partitions end, unless a partition has room for nothing else', async () => {
    await append(0, 2, 2, 2);
    await append(1, 3, 3);
    await append(2, 1);
    expect(await read({ bytes: 100_000 })).toEqual({ '0-0': 2, '0-1': 2, '1-0': 3, '2-0': 1 });
    expect(await read({ bytes: 50_000 })).toEqual({ '0-0': 2, '1-0': 2, '2-0': 1 });
    expect(await read({ bytes: 100 })).toEqual({ '0-0': 1 });
  });

  it('says whether the log has more than it took, so that the next round need not look in vain', async () => {
    await append(0, 2, 2);
    await append(1, 1);
    const more = async (limits: Partial<RoundLimits>, after: ReadonlyMap<number, number>) =>
      (await readAfter(rig.database, after, { ...ROOMY, ...limits })).more;
    expect(await more({}, EVERYTHING)).toBe(false);
    expect(await more({ records: 2 }, EVERYTHING)).toBe(true);
    expect(await more({ records: 2 }, new Map([[0, 2]]))).toBe(false);
  });
});
