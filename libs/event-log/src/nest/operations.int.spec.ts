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
import { appliedTexts, applyToTable, consumerOptions, RunningConsumer } from '../consume/consuming.spec-support.js';
import type { EventLog } from '../event-log.js';
import { LogConsumer } from '../consume/log-consumer.js';
import { eventually, newRecord, Rig, TOPIC, workspaceIn } from '../rig.spec-support.js';
import { TamperedKafka } from '../tampering.spec-support.js';
import { EventLogModule } from './event-log.module.js';

const SECRET = 'a-secret-of-the-tests-that-is-long-enough';

const LETTERS_OF_PARTITION = 'SELECT id FROM event_log_dead_letters WHERE partition = $1 ORDER BY position';

describe('operations', () => {
  let rig: Rig;
  let log: EventLog;
  let app: NestFastifyApplication;
  let running: RunningConsumer;
  let losing = true;
  let buggy = true;

  const say = async (partition: number, ...texts: string[]) => {
    await rig.database.transaction((sql) =>
      log.append(
        sql,
        texts.map((text) => newRecord(workspaceIn(partition, log), text, { subject: 'deal/same' })),
      ),
    );
    await eventually('relayed', async () => (await log.progress()).every(({ head, relayed }) => head === relayed));
  };
  const inPartition = (partition: number) => `/v1/operations/consumers/test.consumer/partitions/${String(partition)}`;

  beforeAll(async () => {
    rig = await Rig.open();
    const tampered = new TamperedKafka(rig.kafka);
    tampered.tamper = (record) => (losing && String(record.value).includes('"lost"') ? null : record);
    log = await rig.startedLog({ kafka: tampered.kafka });
    running = new RunningConsumer(rig, {
      redo: 'in_place',
      apply: (sql, records) => {
        if (buggy && records.some((record) => record.data.includes('"buggy"'))) throw new Error('a bug');
        return applyToTable(sql, records);
      },
    });
    await say(0, 'before');
    await say(0, 'lost');
    await say(0, 'after');
    await say(1, 'poison Maria', 'parked');
    const health = new HealthRegistry();
    const metrics = createMetrics('test');
    const { database } = rig;
    const followers = [running, { consumer: new LogConsumer(consumerOptions(rig, { name: 'test.never' })) }];
    app = await createAdminApp(EventLogModule.of({ database, eventLog: log, followers, health, metrics }), {
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
    expect((await call('POST', `${inPartition(0)}/accept`, {}, 'admin')).status).toBe(403);
    expect((await call('POST', '/v1/operations/log/republish', {}, 'editor')).status).toBe(403);
  });

  it('show the log, the consumers and why a partition stopped', async () => {
    expect((await call('GET', '/v1/operations/log')).json()).toMatchObject({
      gate: { open: true, reason: null },
      relay: { holder: expect.any(String), epoch: log.status().relay.epoch, here: { state: 'relaying' } },
      check: { state: 'passed', reason: null, findings: [] },
      partitions: [
        { partition: 0, head: 3, relayed: 3, lag: 0, checkpoint: { offset: 2, epoch: log.status().relay.epoch } },
        { partition: 1, head: 2, relayed: 2, republish: { pendingFrom: null, topicEndOffset: null } },
        { partition: 2 },
        { partition: 3 },
      ],
    });
    expect((await call('GET', '/v1/operations/consumers')).json()).toMatchObject({
      items: [
        {
          ...{
            consumer: 'test.consumer',
            topic: TOPIC,
            partition: 0,
            status: 'gap',
            position: 1,
            lagRecords: expect.any(Number),
          },
          ...{ stop: { detail: 'position 2 is missing' }, lagSeconds: expect.any(Number) },
        },
        { partition: 1, status: 'running', position: 2, parked: 2, lagRecords: 0, lagSeconds: 0 },
        { partition: 2, position: 0, stop: null },
        { partition: 3 },
      ],
    });
    expect((await call('GET', '/health/status')).json()).toMatchObject({
      status: 'degraded',
      parts: {
        'event log': { status: 'ok' },
        'consumer test.consumer': { reason: expect.stringMatching(/^Stopped partitions .*: 0 \(gap\)\. .*republish/) },
      },
    });
  });

  it('list dead letters without their values, and show one whole when asked for it', async () => {
    const list = await call('GET', '/v1/operations/dead-letters?limit=1');
    expect(list.json()).toMatchObject({ items: [{ reason: 'parked', position: 2 }], nextCursor: expect.any(String) });
    expect(list.body).not.toContain('Maria');
    const [letter] = await rig.database.query<{ id: number }>(
      `SELECT id FROM event_log_dead_letters WHERE reason = 'poison'`,
    );
    const path = `/v1/operations/dead-letters/${String(letter?.id)}`;
    expect((await call('GET', path)).body).not.toContain('Maria');
    const whole = {
      ...{ reason: 'poison', error: { name: 'TypeError' } },
      record: { headers: { ce_subject: 'deal/same' }, value: '{"text":"poison Maria"}' },
    };
    expect((await call('GET', `${path}?values=true`)).json()).toMatchObject(whole);
    expect((await call('GET', '/v1/operations/dead-letters?values=true')).json()).toMatchObject({
      items: [{ reason: 'parked', record: { value: '{"text":"parked"}' } }, whole],
    });
    expect((await call('GET', '/v1/operations/dead-letters?values=true', undefined, 'admin')).status).toBe(403);
    expect((await call('GET', '/v1/operations/dead-letters/999999')).status).toBe(404);
    expect((await call('GET', '/v1/operations/dead-letters/99999999999999999999')).status).toBe(400);
  });

  it('tell lags, stops and dead letters as metrics', async () => {
    let body = '';
    await eventually('the checkpoint is written down', async () => {
      body = (await call('GET', '/metrics')).body;
      return body.includes('ponte_log_relayed_position{topic="ponte.test.v1",partition="0",service="test"} 3');
    });
    expect(body).toContain('ponte_appends_open{topic="ponte.test.v1",service="test"} 1');
    expect(body).toContain('ponte_log_unrelayed_records{topic="ponte.test.v1",partition="0",service="test"} 0');
    expect(body).toContain('ponte_log_appended_total{topic="ponte.test.v1",service="test"} 5');
    expect(body).toMatch(/ponte_consumer_stopped\{.*partition="0".*\} 1/);
    expect(body).toMatch(/ponte_consumer_stopped\{.*partition="1".*\} 0/);
    expect(body).toMatch(/ponte_consumer_lag_records\{.*partition="0".*\} [1-9]/);
    expect(body).toMatch(/ponte_consumer_lag_seconds\{.*partition="0".*\} [1-9]/);
    expect(body).toMatch(/ponte_dead_letters_unresolved\{.*partition="1".*\} 2/);
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

  it('apply a dead letter once the bug is mended, and what waits behind it, in order', async () => {
    await say(3, 'buggy', 'behind', 'further behind');
    const letters = () => rig.database.query<{ id: number }>(LETTERS_OF_PARTITION, [3]);
    await eventually('set aside', async () => (await letters()).length === 3);
    const retry = async () => call('POST', `/v1/operations/dead-letters/${String((await letters())[0]?.id)}/retry`);
    expect((await retry()).json()).toMatchObject({ status: 409, code: 'failed_again' });
    buggy = false;
    expect((await retry()).json()).toEqual({ applied: 3 });
    expect(await appliedTexts(rig, 3)).toEqual(['buggy', 'behind', 'further behind']);
    expect((await retry()).json()).toMatchObject({ status: 409, code: 'already_resolved' });
    const kept = await call('GET', '/v1/operations/dead-letters?resolved=true&limit=1');
    expect(kept.json()).toMatchObject({ items: [{ resolution: 'retried', resolvedBy: 'ana' }] });
    await say(3, 'free again');
    await eventually('applied', async () => (await appliedTexts(rig, 3)).length === 4);
  });

  it('send what is missing again, and let the stopped consumer go on behind where the topic ended', async () => {
    losing = false;
    const republish = (fromPosition: number) =>
      call('POST', '/v1/operations/log/republish', { partition: 0, fromPosition });
    expect((await republish(9)).json()).toMatchObject({ status: 409, code: 'no_such_position' });
    expect((await republish(2)).json()).toEqual({ partition: 0, fromPosition: 2, topicEndOffset: 3 });
    const resume = () => call('POST', `${inPartition(0)}/resume`, { offset: 3 });
    expect((await resume()).json()).toEqual({ partition: 0, position: 1, nextOffset: 3 });
    await eventually('all of it', async () => (await appliedTexts(rig, 0)).length === 3);
    expect(await appliedTexts(rig, 0)).toEqual(['before', 'lost', 'after']);
    expect((await resume()).json()).toMatchObject({ status: 409, code: 'not_stopped' });
    expect((await call('GET', '/v1/operations/accepted-gaps')).json()).toEqual({ items: [], nextCursor: null });
  });

  it('accept a gap by name, which is kept with the reason', async () => {
    losing = true;
    await say(2, 'before');
    await say(2, 'lost');
    await say(2, 'after');
    await eventually('stopped', () => running.consumer.status().partitions[2]?.status === 'gap');
    const accept = (body: object) => call('POST', `${inPartition(2)}/accept`, body);
    expect((await accept({})).json()).toMatchObject({ status: 400, errors: [{ field: 'reason' }] });
    expect((await accept({ reason: 'the broker lost it' })).json()).toEqual({
      partition: 2,
      position: 2,
      nextOffset: 2,
    });
    await eventually('goes on', async () => (await appliedTexts(rig, 2)).length === 2);
    expect((await call('GET', '/v1/operations/accepted-gaps')).json()).toMatchObject({
      items: [
        {
          ...{ consumer: 'test.consumer', partition: 2, kind: 'gap', fromPosition: 2, toPosition: 2 },
          ...{ reason: 'the broker lost it', acceptedBy: 'ana' },
        },
      ],
    });
    expect((await accept({ reason: 'once more' })).json()).toMatchObject({ status: 409, code: 'not_stopped' });
    expect((await call('POST', '/v1/operations/consumers/other/partitions/2/resume', {})).status).toBe(404);
  });

  it('redo nothing in place where the consumer does not allow it, and say so', async () => {
    const [letter] = await rig.database.query<{ id: number }>(
      `INSERT INTO event_log_dead_letters (consumer, topic, partition, position, record_id, topic_offset, reason, type,
                                           subject, parking_keys, headers)
       VALUES ('test.never', $1, 0, 1, gen_random_uuid(), 0, 'poison', 'ponte.Said.v1', 'deal/x', '{}', '{}')
       RETURNING id`,
      [TOPIC],
    );
    const refused = await call('POST', `/v1/operations/dead-letters/${String(letter?.id)}/retry`);
    expect(refused.json()).toMatchObject({ status: 409, code: 'redo_is_never_allowed' });
  });

  it('are described for programs', async () => {
    const { body } = await call('GET', '/openapi.json');
    expect(body).toContain('/v1/operations/consumers/{consumer}/partitions/{partition}/accept');
  });
});
