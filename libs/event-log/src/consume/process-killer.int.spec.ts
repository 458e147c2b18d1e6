import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IncomingRecord } from '@ponte/kafka';
import type { EventLog } from '../event-log.js';
import { eventually, Rig, say, TOPIC, workspaceIn } from '../rig.spec-support.js';
import { appliedTexts, applyToTable, consumerOptions, HandControl, handOver } from './consuming.spec-support.js';
import { LogConsumer } from './log-consumer.js';

/** Stands for the end of the process: nothing of it runs any more, and it gives nothing back. */
class ProcessEnded extends Error {
  readonly infrastructure = true;
}

describe('a record that ends the process', () => {
  let rig: Rig;
  let log: EventLog;
  let records: IncomingRecord[];
  beforeAll(async () => {
    rig = await Rig.open();
    log = await rig.startedLog();
    await say(rig.database, log, workspaceIn(0, log), ['1', '2', 'killer', '4', '5']);
    await say(rig.database, log, workspaceIn(1, log), ['neighbour']);
    await eventually('relayed', async () => (await rig.topicRecords()).length === 6);
    records = await rig.topicRecords();
  });
  afterAll(() => rig.close());

  /** Runs an instance until it ends. Resolves to what it tried. */
  const live = async (name: string): Promise<{ tried: string[][]; died: boolean }> => {
    const tried: string[][] = [];
    const consumer = new LogConsumer(
      consumerOptions(rig, {
        name,
        apply: async (sql, given) => {
          const texts = given.map((record) => record.data);
          tried.push(texts.map((text) => /"text":"(.*)"/.exec(text)?.[1] ?? ''));
          if (texts.some((text) => text.includes('killer'))) throw new ProcessEnded();
          await applyToTable(sql, given);
        },
      }),
    );
    const control = new HandControl();
    await consumer.handle({ kind: 'assigned', topic: TOPIC, partitions: [0, 1], control });
    const died = await consumer.handle(handOver(records, control)).then(
      () => false,
      (error: unknown) => error instanceof ProcessEnded,
    );
    return { tried, died };
  };

  it('is counted before it is tried, and poison when it has ended the process three times', async () => {
    const lives = [];
    for (let i = 0; i < 8; i++) {
      const life = await live('test.killed');
      lives.push(life);
      if (!life.died) break;
    }
    expect(lives.map((life) => life.died)).toEqual([true, true, true, true, false]);
    // The first life knew nothing, the second tried the batch under a mark, the third went record by record.
    expect(lives[2]?.tried.at(-1)).toEqual(['killer']);
    expect(lives[4]?.tried.flat()).not.toContain('killer');
    expect((await appliedTexts(rig, 0)).sort()).toEqual(['1', '2', '4', '5']);
    expect(await appliedTexts(rig, 1)).toEqual(['neighbour']);
    expect(
      await rig.database.query("SELECT position, reason, error->>'name' AS error FROM event_log_dead_letters"),
    ).toEqual([{ position: 3, reason: 'poison', error: 'RecordEndsProcess' }]);
  });

  it('costs nothing while processes end in order', async () => {
    const marks: string[] = [];
    const database = {
      query: <Row>(text: string, values?: readonly unknown[]) => {
        if (text.includes('try_from = $4')) marks.push(text);
        return rig.database.query<Row>(text, values);
      },
      transaction: rig.database.transaction.bind(rig.database),
      listen: rig.database.listen.bind(rig.database),
      onConnectionLost: rig.database.onConnectionLost.bind(rig.database),
      close: () => Promise.resolve(),
    };
    for (let i = 0; i < 2; i++) {
      const apply = () => Promise.resolve();
      const consumer = new LogConsumer(consumerOptions(rig, { name: 'test.orderly', database, apply }));
      const control = new HandControl();
      await consumer.handle({ kind: 'assigned', topic: TOPIC, partitions: [0], control });
      await consumer.handle(handOver(records.slice(0, i === 0 ? 2 : 5), control));
      await consumer.handle({ kind: 'revoked', topic: TOPIC, partitions: [0] });
    }
    expect(marks).toEqual([]);
  });
});
