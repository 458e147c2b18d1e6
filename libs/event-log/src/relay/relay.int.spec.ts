import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appliedTexts, RunningConsumer } from '../consume/consuming.spec-support.js';
import { eventually, newRecord, Rig, say, sleep, workspaceIn } from '../rig.spec-support.js';
import { Latch, pausable, TamperedKafka } from '../tampering.spec-support.js';

const LEASE_MS = 600;
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

describe('relay', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.open();
  });
  afterEach(() => rig.close());

  const topicTexts = async () => (await rig.topicRecords()).map((record) => String(record.value));
  const checkpoint = async (partition: number) => {
    const [row] = await rig.database.query<{ position: number; epoch: number }>(
      'SELECT position, epoch FROM event_log_checkpoints WHERE partition = $1',
      [partition],
    );
    return row;
  };

  it('sends each record as a CloudEvent in binary mode, to its partition, in order', async () => {
    const log = await rig.startedLog();
    const workspace = workspaceIn(2, log);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const first = newRecord(workspace, 'one', { traceparent, hops: 2, causationId: 'cause' });
    const [placed] = await rig.database.transaction((sql) => log.append(sql, [first, newRecord(workspace, 'two')]));
    await eventually('in the topic', async () => (await rig.topicRecords()).length === 2);
    const [one, two] = await rig.topicRecords();
    expect(one).toMatchObject({ partition: 2, key: workspace, offset: 0n });
    expect(one?.headers).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: first.id,
      ce_type: 'ponte.Said.v1',
      ce_source: 'ponte/test',
      ce_subject: 'deal/one',
      ce_time: '2026-01-02T03:04:05.678Z',
      ce_ponteposition: '1',
      ce_ponteworkspace: workspace,
      ce_pontecorrelation: first.correlationId,
      ce_pontecausation: 'cause',
      ce_pontehops: '2',
      traceparent,
    });
    expect(two?.headers).toMatchObject({ ce_ponteposition: '2', ce_pontepredecessor: placed?.id });
  });

  it('does not read back what its own process committed, and reads what another one did', async () => {
    let reads = 0;
    const query = <Row>(text: string, values?: readonly unknown[]) => {
      if (text.includes('FROM event_log i')) reads += 1;
      return rig.database.query<Row>(text, values);
    };
    const database = Object.assign(Object.create(rig.database) as typeof rig.database, { query });
    const log = await rig.startedLog({ database, pollMs: 3_600_000 });
    const other = await rig.startedLog({ database: await rig.anotherDatabase() });
    const workspace = workspaceIn(1, log);
    await eventually('the first look', () => reads === 1);
    await say(rig.database, log, workspace, numbers(1, 3));
    await say(rig.database, log, workspace, numbers(4, 5));
    await eventually('sent from memory', async () => (await rig.topicRecords()).length === 5);
    expect(reads).toBe(1);
    await say(rig.database, other, workspace, numbers(6, 7));
    await say(rig.database, log, workspace, numbers(8, 9));
    await eventually('all sent', async () => (await rig.topicRecords()).length === 9);
    expect(reads).toBeGreaterThan(1);
    const records = await rig.topicRecords();
    expect(records.map(({ value }) => String(value))).toEqual(numbers(1, 9).map((text) => JSON.stringify({ text })));
    expect(records.map(({ headers }) => headers['ce_ponteposition'])).toEqual(numbers(1, 9));
    expect(records.slice(1).map(({ headers }) => headers['ce_pontepredecessor'])).toEqual(
      records.slice(0, -1).map(({ headers }) => headers['ce_id']),
    );
  });

  it('has no effect twice when it is killed between send and checkpoint', async () => {
    const dying = pausable(rig.database);
    const kafka = new TamperedKafka(rig.kafka);
    const first = await rig.startedLog({ database: dying.database, kafka: kafka.kafka, leaseMs: LEASE_MS });
    const death = new Latch();
    kafka.afterSend = () => death.wait();
    await say(rig.database, first, workspaceIn(0, first), numbers(1, 5));
    await death.whenReached;
    dying.pause();
    expect((await checkpoint(0))?.position).toBe(0);

    const second = await rig.startedLog({ database: await rig.anotherDatabase(), leaseMs: LEASE_MS });
    await eventually('sent again', async () => (await rig.topicRecords()).length === 10);
    expect(second.status().relay.state).toBe('relaying');
    const consumer = new RunningConsumer(rig);
    await eventually('applied', async () => (await appliedTexts(rig)).length >= 5);
    await say(rig.database, second, workspaceIn(0, second), ['6']);
    await eventually('applied', async () => (await appliedTexts(rig)).length >= 6);
    expect(await appliedTexts(rig)).toEqual(numbers(1, 6));
    expect(consumer.consumer.status().counters.skipped).toBe(5);
    dying.goOn();
    death.open();
  });

  it('does no harm when it was stopped past its lease and goes on, and its checkpoint is fenced off', async () => {
    const paused = pausable(rig.database);
    const kafka = new TamperedKafka(rig.kafka);
    const first = await rig.startedLog({ database: paused.database, kafka: kafka.kafka, leaseMs: LEASE_MS });
    const workspace = workspaceIn(0, first);
    const pause = new Latch();
    kafka.beforeSend = () => pause.wait();
    await say(rig.database, first, workspace, numbers(1, 3));
    await pause.whenReached;
    paused.pause();

    const second = await rig.startedLog({ database: await rig.anotherDatabase(), leaseMs: LEASE_MS });
    await say(rig.database, second, workspace, numbers(4, 6));
    await eventually('the second has sent all', async () => (await checkpoint(0))?.position === 6);
    const consumer = new RunningConsumer(rig);
    await eventually('applied', async () => (await appliedTexts(rig)).length === 6);
    const before = await checkpoint(0);

    kafka.beforeSend = () => Promise.resolve();
    pause.open();
    paused.goOn();
    await eventually('the first has repeated itself', async () => (await rig.topicRecords()).length === 9);
    await eventually('the first is fenced', () => first.status().relay.state === 'standby');
    expect(await checkpoint(0)).toEqual(before);
    await say(rig.database, second, workspace, ['7']);
    await eventually('applied', async () => (await appliedTexts(rig)).length === 7);
    expect(await appliedTexts(rig)).toEqual(numbers(1, 7));
    expect(consumer.consumer.status().counters.skipped).toBe(3);
  });

  it('starts again from its checkpoint with another producer after a rejection', async () => {
    const kafka = new TamperedKafka(rig.kafka);
    const log = await rig.startedLog({ kafka: kafka.kafka });
    const workspace = workspaceIn(1, log);
    let rejections = 3;
    // The second kind of failure: written, and the answer lost.
    kafka.afterSend = () => (rejections-- > 0 ? Promise.reject(new Error('no answer')) : Promise.resolve());
    for (const text of numbers(1, 10)) await say(rig.database, log, workspace, [text]);
    new RunningConsumer(rig);
    await eventually('applied', async () => (await appliedTexts(rig)).length === 10);
    expect(await appliedTexts(rig)).toEqual(numbers(1, 10));
    expect((await topicTexts()).length).toBeGreaterThan(10);
    await eventually('recovered', () => log.status().relay.error === null);
  });

  it('is woken by a commit of another process, long before it would look itself', async () => {
    const first = await rig.startedLog({ pollMs: 60_000 });
    const second = await rig.startedLog({ database: await rig.anotherDatabase(), pollMs: 60_000 });
    await eventually('one relays', () => first.status().relay.state === 'relaying');
    expect(second.status().relay.state).toBe('standby');
    await sleep(100);
    const startedAt = Date.now();
    await say(rig.database, second, workspaceIn(0, second), ['hello']);
    await eventually('relayed', async () => (await checkpoint(0))?.position === 1);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
  });

  it('gives the lease to the next one at once when it stops', async () => {
    const first = await rig.startedLog();
    const second = await rig.startedLog({ database: await rig.anotherDatabase() });
    await first.stop();
    await eventually('taken over', () => second.status().relay.state === 'relaying', 2_000);
  });

  it('bounds a round by bytes, and sends a record that is larger alone', async () => {
    const kafka = new TamperedKafka(rig.kafka);
    const log = await rig.startedLog({ kafka: kafka.kafka, limits: { bytes: 20_000, bytesPerPartition: 10_000 } });
    const big = newRecord(workspaceIn(0, log), 'big', { data: JSON.stringify('x'.repeat(50_000)) });
    const small = [0, 1, 2].flatMap((p) => numbers(1, 20).map((n) => newRecord(workspaceIn(p, log), n)));
    await rig.database.transaction((sql) => log.append(sql, [...small.slice(0, 5), big, ...small.slice(5)]));
    await eventually('all sent', async () => (await rig.topicRecords()).length === 61);
    expect(kafka.sends).toBeGreaterThanOrEqual(4);
    const positions = (await rig.topicRecords()).filter(({ partition }) => partition === 0);
    expect(positions.map(({ headers }) => headers['ce_ponteposition'])).toEqual(numbers(1, 21));
  });
});
