import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DealCreatedV1, OriginCreatedV1, StageCreatedV1, writeEvent, type DealSnapshot } from '@ponte/contracts';
import { EventLog, eventLogMigrations, type LogRecord, type NewRecord, LOG_PARTITIONS } from '@ponte/event-log';
import { connectKafka, type IncomingRecord, type Kafka } from '@ponte/kafka';
import {
  connectDatabase,
  DEVELOPMENT_JWT_SECRET,
  issueToken,
  parseConfig,
  runMigrations,
  Shutdown,
  silentLogger,
  type ConnectedDatabase,
  type Role,
} from '@ponte/service-kit';
import { createTestDatabase, testServers, testTopicPrefix, type TestDatabase } from '@ponte/testing';
import { dispatcherConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { startDispatcher } from './start-dispatcher.js';
import { dealSnapshot, person } from './triggers/trigger-event.spec-support.js';

/** A process runs what `tsc` made; integration tests are run after a build. */
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A whole dispatcher on real servers, and a log that speaks for the deals service. */
export class DispatcherWorld {
  readonly workspaceId = randomUUID();
  private base = '';
  private dispatcher: Shutdown | null = null;

  private constructor(
    readonly own: TestDatabase,
    private readonly dealsOwn: TestDatabase,
    private readonly dealsDatabase: ConnectedDatabase,
    private readonly kafka: Kafka,
    private readonly deals: EventLog,
    private readonly env: Record<string, string>,
  ) {}

  static async open(env: Record<string, string> = {}): Promise<DispatcherWorld> {
    const topicPrefix = testTopicPrefix();
    const { brokers } = testServers();
    const [own, dealsOwn] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await Promise.all([
      runMigrations({ url: own.url }, migrations),
      runMigrations({ url: dealsOwn.url }, eventLogMigrations),
    ]);
    const kafka = connectKafka({ brokers, clientId: 'test', topicPrefix });
    const topic = 'ponte.deals.v1';
    const maxRecordBytes = 1_048_576;
    const spec = { name: topic, partitions: LOG_PARTITIONS, retentionMs: -1, maxMessageBytes: maxRecordBytes };
    await kafka.ensureTopic(spec, 'create');
    const dealsDatabase = await connectDatabase({ url: dealsOwn.url, poolSize: 4 });
    const deals = new EventLog({
      ...{ database: dealsDatabase, kafka, topic, partitions: LOG_PARTITIONS, maxRecordBytes },
      source: 'ponte/deals',
    });
    await deals.start();
    await deals.gate.whenOpen();
    return new DispatcherWorld(own, dealsOwn, dealsDatabase, kafka, deals, {
      DATABASE_URL: own.url,
      KAFKA_BROKERS: brokers.join(','),
      KAFKA_TOPIC_PREFIX: topicPrefix,
      PORT: '0',
      DELIVERY_ALLOW_PRIVATE_NETWORKS: 'true',
      DELIVERY_RETRY_SCHEDULE: '100ms,100ms,100ms',
      ...env,
    });
  }

  async start(env: Record<string, string> = {}): Promise<void> {
    const shutdown = new Shutdown(silentLogger, 30_000);
    this.dispatcher = shutdown;
    const config = parseConfig(dispatcherConfig, { ...this.env, ...env });
    const { port } = await startDispatcher(config, { version: '0.0.0', log: silentLogger, shutdown });
    this.base = `http://127.0.0.1:${String(port)}`;
  }

  /** The dispatcher as a process of its own, which can be killed. */
  spawn(): ChildProcess {
    const env = { PATH: process.env['PATH'], NODE_ENV: 'development', ...this.env };
    return spawn(process.execPath, [MAIN, 'serve'], { env, stdio: 'ignore' });
  }

  async stop(): Promise<void> {
    await this.dispatcher?.run();
    this.dispatcher = null;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.deals.stop();
    await this.dealsDatabase.close();
    await this.kafka.close();
    await Promise.all([this.own.drop(), this.dealsOwn.drop()]);
  }

  /** What a test looks at in the database of the dispatcher, by a connection of its own. */
  async inDatabase<T>(work: (database: ConnectedDatabase) => Promise<T>): Promise<T> {
    const database = await connectDatabase({ url: this.own.url });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  /** What deals would say. @returns the records in their places */
  async say(...records: readonly NewRecord[]): Promise<LogRecord[]> {
    const appended = await this.dealsDatabase.transaction((sql) => this.deals.append(sql, records));
    return appended;
  }

  record(type: string, subject: string, data: string, over: Partial<NewRecord> = {}): NewRecord {
    return {
      id: randomUUID(),
      type,
      workspaceId: this.workspaceId,
      subject,
      time: new Date(),
      data,
      correlationId: randomUUID(),
      causationId: null,
      traceparent: null,
      hops: 0,
      ...over,
    };
  }

  dealCreated(deal: DealSnapshot, over: Partial<NewRecord> = {}): NewRecord {
    const contact = { id: deal.contactId, tags: [], createdAt: deal.createdAt };
    const data = writeEvent(DealCreatedV1, { deal, contact, person });
    return this.record(DealCreatedV1.type, `deal/${deal.id}`, data, over);
  }

  /** An origin with one stage that the dispatcher has heard of. @returns how to wait for it */
  async origin(): Promise<{ id: string; stageId: string; waitFor: string }> {
    const [id, stageId] = [randomUUID(), randomUUID()];
    const origin = writeEvent(OriginCreatedV1, { id, groupId: randomUUID(), name: 'Compras', archived: false });
    const stage = writeEvent(StageCreatedV1, { id: stageId, originId: id, name: 'Base', order: 0, archived: false });
    const said = await this.say(
      this.record(OriginCreatedV1.type, `origin/${id}`, origin),
      this.record(StageCreatedV1.type, `stage/${stageId}`, stage),
    );
    const last = said.at(-1);
    return { id, stageId, waitFor: `${String(last?.partition)}/${String(last?.position)}` };
  }

  /** A deal of the origin. */
  deal(originId: string, over: Partial<DealSnapshot> = {}): DealSnapshot {
    return dealSnapshot({ origin: { id: originId, name: 'Compras' }, ...over });
  }

  async api(
    method: string,
    path: string,
    body?: object,
    options: { waitFor?: string; role?: Role; workspaceId?: string } = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const { waitFor, role = 'editor', workspaceId = this.workspaceId } = options;
    const token = await issueToken(DEVELOPMENT_JWT_SECRET, { workspaceId, roles: [role], subject: 'ana' });
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(waitFor === undefined ? {} : { 'ponte-wait-for': waitFor }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  /** Creates an integration for created deals. @returns its id */
  async integration(originId: string, url: string, over: object = {}, waitFor?: string): Promise<string> {
    const draft = { name: 'Receiver', trigger: 'DealCreated', originId, url, method: 'POST', ...over };
    const created = await this.api(
      'POST',
      '/v1/outbound-integrations',
      draft,
      waitFor === undefined ? {} : { waitFor },
    );
    if (created.status !== 201) throw new Error(JSON.stringify(created));
    return String(created.body['id']);
  }

  async deliveries(query = ''): Promise<Record<string, unknown>[]> {
    const { body } = await this.api('GET', `/v1/deliveries?limit=200${query}`);
    return body['items'] as Record<string, unknown>[];
  }

  /** What stands on ponte.deliveries.v1. */
  async said(): Promise<{ type: string; data: Record<string, unknown> }[]> {
    const records: IncomingRecord[] = [];
    const from = new Map(Array.from({ length: LOG_PARTITIONS }, (_, partition) => [partition, 'earliest'] as const));
    await this.kafka.readToEnd('ponte.deliveries.v1', from, (batch) => void records.push(...batch));
    return records.map(({ headers, value }) => ({
      type: headers['ce_type'] ?? '',
      data: JSON.parse(value?.toString() ?? '{}') as Record<string, unknown>,
    }));
  }
}
