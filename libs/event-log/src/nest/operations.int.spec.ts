import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  createAdminApp,
  createLogger,
  createMetrics,
  createTokenVerifier,
  HealthRegistry,
  issueToken,
  Secret,
  type Role,
} from '@ponte/service-kit';
import { randomUUID } from 'node:crypto';
import { appliedTexts, RunningConsumer } from '../consume/consuming.spec-support.js';
import type { EventLog } from '../event-log.js';
import { eventually, newRecord, Rig, workspaceIn } from '../rig.spec-support.js';
import { TamperedKafka } from '../tampering.spec-support.js';
import { EventLogModule } from './event-log.module.js';

const SECRET = 'a-secret-of-the-tests-that-is-long-enough';

describe('operations', () => {
  let rig: Rig;
  let log: EventLog;
  let app: NestFastifyApplication;
  let running: RunningConsumer;
  beforeAll(async () => {
    rig = await Rig.open();
    const tampered = new TamperedKafka(rig.kafka);
    tampered.tamper = (record) => (String(record.value).includes('"lost"') ? null : record);
    log = await rig.startedLog({ kafka: tampered.kafka });
    running = new RunningConsumer(rig, { redo: 'in_place' });
    const say = async (partition: number, ...texts: string[]) => {
      await rig.database.transaction((sql) =>
        log.append(
          sql,
          texts.map((text) => newRecord(workspaceIn(partition, log), text, { subject: 'deal/same' })),
        ),
      );
      log.committed();
      await eventually('relayed', async () => (await log.progress()).every(({ head, relayed }) => head === relayed));
    };
    await say(0, 'before');
    await say(0, 'lost');
    await say(0, 'after');
    await say(1, 'poison Maria', 'parked');
    tampered.tamper = (record) => record;
    const health = new HealthRegistry();
    const metrics = createMetrics('test');
    const { database } = rig;
    app = await createAdminApp(EventLogModule.of({ database, eventLog: log, followers: [running], health, metrics }), {
      ...{ name: 'test', version: '1', log: createLogger({ name: 'test', level: 'silent' }), metrics, health },
      tokens: createTokenVerifier({ kind: 'secret', secret: new Secret(SECRET) }),
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    await eventually('stopped and set aside', async () => {
      const [row] = await rig.database.query<{ stopped: number; letters: number }>(
        `SELECT (SELECT count(*) FROM event_log_consumers WHERE status = 'gap') AS stopped,
                (SELECT count(*) FROM event_log_dead_letters) AS letters`,
      );
      return row?.stopped === 1 && row.letters === 2;
    });
  });
  afterAll(async () => {
    await app.close();
    await rig.close();
  });

  const call = async (method: 'GET' | 'POST', path: string, body?: object, role: Role = 'operator') => {
    const token = await issueToken(SECRET, { workspaceId: randomUUID(), roles: [role], subject: 'ana' });
    const answer = await app.inject({
      ...{ method, url: path, headers: { authorization: `Bearer ${token}` } },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: answer.statusCode, body: answer.body, json: (): unknown => answer.json() };
  };

  it('need the operator’s role: they concern every workspace, and a workspace’s admin governs one', async () => {
    expect((await call('GET', '/v1/operations/dead-letters', undefined, 'admin')).status).toBe(403);
    expect((await call('POST', '/v1/operations/accept', {}, 'admin')).status).toBe(403);
  });

  it('show the log, the consumers and why a partition stopped', async () => {
    expect((await call('GET', '/v1/operations/log')).json()).toMatchObject({
      gate: { open: true, reason: null },
      relay: { state: 'relaying' },
      check: { state: 'passed' },
      partitions: [
        { partition: 0, head: 3, relayed: 3 },
        { partition: 1, head: 2 },
        { partition: 2 },
        { partition: 3 },
      ],
    });
    expect((await call('GET', '/v1/operations/consumers')).json()).toMatchObject({
      items: [
        { consumer: 'test.consumer', partition: 0, status: 'gap', stopped: { detail: 'position 2 is missing' } },
        { partition: 1, status: 'running', deadLetters: 2 },
        { partition: 2 },
        { partition: 3 },
      ],
    });
    expect((await call('GET', '/health/status')).json()).toMatchObject({
      status: 'degraded',
      parts: { 'event log': { status: 'ok' }, 'consumer test.consumer': { reason: 'partitions 0 are stopped' } },
    });
  });

  it('list dead letters without their values, and show one whole when asked for it', async () => {
    const list = await call('GET', '/v1/operations/dead-letters?limit=1');
    expect(list.json()).toMatchObject({ items: [{ reason: 'parked', position: 2 }], nextCursor: expect.any(String) });
    expect(list.body).not.toContain('Maria');
    const [letter] = await rig.database.query<{ id: number }>(
      `SELECT id FROM event_log_dead_letters WHERE reason = 'poison'`,
    );
    expect((await call('GET', `/v1/operations/dead-letters/${String(letter?.id)}`)).json()).toMatchObject({
      reason: 'poison',
      error: { name: 'TypeError' },
      headers: { ce_subject: 'deal/same' },
      value: { encoding: 'utf8', text: '{"text":"poison Maria"}' },
    });
    expect((await call('GET', '/v1/operations/dead-letters/999999')).status).toBe(404);
  });

  it('tell lags, stops and dead letters as metrics', async () => {
    const { body } = await call('GET', '/metrics');
    expect(body).toContain('ponte_log_gate_open{topic="ponte.test.v1",service="test"} 1');
    expect(body).toContain('ponte_log_unrelayed_records{topic="ponte.test.v1",partition="0",service="test"} 0');
    expect(body).toMatch(
      /ponte_consumer_stopped_partitions\{consumer="test.consumer",topic="ponte.test.v1",status="gap",service="test"\} 1/,
    );
    expect(body).toMatch(/ponte_consumer_dead_letters_records\{.*partition="1".*\} 2/);
    expect(body).toMatch(/ponte_consumer_poison_records_total\{.*\} 1/);
  });

  it('dismiss a poison, after which what was parked behind it can be retried', async () => {
    const letters = await rig.database.query<{ id: number }>('SELECT id FROM event_log_dead_letters ORDER BY position');
    const path = (at: number, what: string) => `/v1/operations/dead-letters/${String(letters[at]?.id)}/${what}`;
    expect((await call('POST', path(1, 'retry'))).json()).toMatchObject({ status: 409, code: 'blocked' });
    expect((await call('POST', path(0, 'retry'))).json()).toMatchObject({ status: 409, code: 'failed_again' });
    expect((await call('POST', path(0, 'dismiss'), { reason: 'a test payload' })).json()).toMatchObject({
      resolution: 'dismissed',
      resolvedBy: 'ana',
      resolvedReason: 'a test payload',
    });
    expect((await call('POST', path(1, 'retry'))).json()).toEqual({ applied: 1 });
    expect(await appliedTexts(rig, 1)).toEqual(['parked']);
  });

  it('send what is missing again, and let the stopped consumer go on behind where the topic ended', async () => {
    const refused = await call('POST', '/v1/operations/republish', { partition: 0, fromPosition: 9 });
    expect(refused.json()).toMatchObject({ status: 409, code: 'no_such_position' });
    const done = await call('POST', '/v1/operations/republish', { partition: 0, fromPosition: 2 });
    expect(done.json()).toEqual({ partition: 0, fromPosition: 2, topicEnd: '2' });
    const resumed = { consumer: 'test.consumer', partition: 0, offset: '2' };
    expect((await call('POST', '/v1/operations/resume', resumed)).status).toBe(200);
    await eventually('all of it', async () => (await appliedTexts(rig, 0)).length === 3);
    expect(await appliedTexts(rig, 0)).toEqual(['before', 'lost', 'after']);
    expect((await call('POST', '/v1/operations/resume', resumed)).json()).toMatchObject({ code: 'not_stopped' });
    const accept = { consumer: 'test.consumer', partition: 0, reason: 'no reason' };
    expect((await call('POST', '/v1/operations/accept', accept)).json()).toMatchObject({ code: 'not_stopped' });
    expect((await call('GET', '/v1/operations/accepted-gaps')).json()).toEqual({ items: [], nextCursor: null });
  });
});
