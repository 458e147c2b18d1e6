import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startKafka, type KafkaServer } from '@ponte/native-servers';
import { testServers } from '@ponte/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appliedTexts, RunningConsumer } from './consume/consuming.spec-support.js';
import { eventually, Rig, say, workspaceIn } from './rig.spec-support.js';

describe('with the broker away', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'ponte-away-'));
  let server: KafkaServer;
  let rig: Rig;
  beforeAll(async () => {
    server = await startKafka({ dataDir });
    rig = await Rig.open({ brokers: [server.brokers], databaseUrl: testServers().databaseUrl });
  }, 120_000);
  afterAll(async () => {
    await rig.close();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }, 120_000);

  it('append goes on, and relay and consume catch up after: each record once, in order', async () => {
    const log = await rig.startedLog();
    new RunningConsumer(rig);
    const workspaces = [0, 1].map((partition) => workspaceIn(partition, log));
    let said = 0;
    const sayMore = async (times: number) => {
      for (let i = 0; i < times; i++) {
        said++;
        for (const workspace of workspaces) await say(rig.database, log, workspace, [String(said)]);
      }
    };
    await sayMore(20);
    await eventually('applied before', async () => (await appliedTexts(rig, 0)).length >= 1);

    // Killed amid sends and fetches, so that both sides lose answers.
    const speaking = sayMore(40);
    await server.kill9();
    await speaking;
    await sayMore(20);
    expect(log.gate.isOpen()).toBe(true);
    await eventually('the relay says so', () => log.status().relay.error !== null, 30_000);
    const heads = await log.progress();
    expect(heads.slice(0, 2).map(({ head }) => head)).toEqual([80, 80]);

    await server.start();
    await eventually('caught up', async () => (await appliedTexts(rig)).length >= 160, 60_000);
    const expected = Array.from({ length: 80 }, (_, i) => String(i + 1));
    for (const partition of [0, 1]) expect(await appliedTexts(rig, partition)).toEqual(expected);
    await eventually('the relay is well', () => log.status().relay.error === null);
  }, 180_000);

  it('a process that starts waits with its appends for the check, which needs the broker', async () => {
    await server.kill9();
    const database = await rig.anotherDatabase();
    const log = rig.log({ database });
    await log.start();
    expect(log.gate.isOpen()).toBe(false);
    await eventually('the reason', () => log.gate.reason()?.includes('Kafka') === true);
    await server.start();
    await log.gate.whenOpen(AbortSignal.timeout(60_000));
    await say(database, log, workspaceIn(2, log), ['at last']);
    await eventually('applied', async () => (await appliedTexts(rig, 2)).length === 1, 60_000);
  }, 180_000);
});
