import { randomUUID } from 'node:crypto';
import { writeEvent, InboundReceivedV1, type InboundReceivedV1 as InboundData } from '@ponte/contracts';
import { EventLog, eventLogMigrations, fromKafka, isUnreadable, type ReceivedRecord } from '@ponte/event-log';
import { connectKafka, type Kafka } from '@ponte/kafka';
import {
  connectDatabase,
  issueToken,
  runMigrations,
  Secret,
  Shutdown,
  silentLogger,
  type ConnectedDatabase,
  type Role,
} from '@ponte/service-kit';
import { createTestDatabase, testServers, testTopicPrefix, type TestDatabase } from '@ponte/testing';
import { dealsTopic } from '../deals-topic.js';
import { migrations } from '../migrations/index.js';
import { openLog } from '../open-log.js';
import { startDeals } from '../start-deals.js';
import { appendWorkspace } from '../workspaces/create-workspace.js';

const patienceMs = 20_000;
const secret = 'a-secret-of-the-tests-that-is-long-enough';

export async function eventually<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > until) throw new Error(`${what}: not within ${String(patienceMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // What an API answers is looked into by matchers, which take anything.
  readonly body: Record<string, unknown>;
}

/** The running service on databases and a topic prefix of its own, and an ingress of which only the log is there. */
export class Service {
  private readonly shutdown = new Shutdown(silentLogger, 20_000);

  private constructor(
    private readonly tests: readonly TestDatabase[],
    /** Deals' own. */
    readonly own: TestDatabase,
    private readonly ingressDatabase: ConnectedDatabase,
    private readonly ingressLog: EventLog,
    readonly kafka: Kafka,
    private readonly config: Parameters<typeof startDeals>[0],
  ) {}

  port = 0;

  static async start(): Promise<Service> {
    const { brokers, databaseUrl } = testServers();
    const tests = await Promise.all([createTestDatabase(databaseUrl), createTestDatabase(databaseUrl)]);
    const [own, ingress] = tests;
    await runMigrations({ url: own.url }, migrations);
    await runMigrations({ url: ingress.url }, eventLogMigrations);
    const connection = { brokers, clientId: 'deals-test', topicPrefix: testTopicPrefix(), ssl: false };
    const kafka = connectKafka(connection);
    const topic = 'ponte.inbound.v1';
    const { partitions } = dealsTopic;
    await kafka.ensureTopic({ name: topic, partitions, retentionMs: -1, maxMessageBytes: 2_000_000 }, 'create');
    const database = await connectDatabase({ url: ingress.url });
    const source = 'ponte/ingress';
    const log = new EventLog({ database, kafka, source, topic, partitions, maxRecordBytes: 1_900_000 });
    await log.start();
    await log.gate.whenOpen(AbortSignal.timeout(patienceMs));
    const service = new Service(tests, own, database, log, kafka, {
      database: { url: own.url },
      kafka: { connection, topics: 'create', replicationFactor: undefined },
      tokens: { kind: 'secret', secret: new Secret(secret) },
      port: 0,
    });
    service.port = await startDeals(service.config, { version: 'test', log: silentLogger, shutdown: service.shutdown });
    return service;
  }

  async stop(): Promise<void> {
    await this.shutdown.run();
    await this.ingressLog.stop();
    await this.ingressDatabase.close();
    await this.kafka.close();
    for (const test of this.tests) await test.drop();
  }

  /** A new workspace, made as the command makes it: beside the running service. */
  async workspace(): Promise<Client> {
    const shutdown = new Shutdown(silentLogger, 20_000);
    const { database, eventLog } = await openLog(this.config, silentLogger, shutdown);
    await eventLog.start();
    await eventLog.gate.whenOpen(AbortSignal.timeout(patienceMs));
    const id = randomUUID();
    const details = { name: 'Loja', timeZone: 'America/Sao_Paulo', country: 'BR', currency: 'BRL' };
    await appendWorkspace({ id, ...details }, database, eventLog);
    await shutdown.run();
    return this.client(id);
  }

  /** What a test looks at in the database of deals, by a connection of its own. */
  async inDatabase<T>(work: (database: ConnectedDatabase) => Promise<T>): Promise<T> {
    const database = await connectDatabase({ url: this.own.url });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  client(workspace: string, roles: readonly Role[] = ['admin']): Client {
    return new Client(workspace, () => this.port, issueToken(secret, { workspaceId: workspace, roles }));
  }

  /** Publishes payloads as ingress does. `data` may be what no contract allows. */
  async publish(workspaceId: string, payloads: readonly (InboundData | string)[]): Promise<void> {
    await this.ingressDatabase.transaction((sql) =>
      this.ingressLog.append(
        sql,
        payloads.map((payload) => ({
          id: randomUUID(),
          type: InboundReceivedV1.type,
          workspaceId,
          subject: `request/${typeof payload === 'string' ? randomUUID() : payload.requestId}`,
          time: new Date(),
          data: typeof payload === 'string' ? payload : writeEvent(InboundReceivedV1, payload),
          correlationId: randomUUID(),
          causationId: null,
          traceparent: null,
          hops: 0,
        })),
      ),
    );
  }

  /** What ponte.deals.v1 holds of a workspace. */
  async told(workspaceId: string): Promise<ReceivedRecord[]> {
    const partition = this.ingressLog.partitionOf(workspaceId);
    const records: ReceivedRecord[] = [];
    await this.kafka.readToEnd(dealsTopic.name, new Map([[partition, 'earliest']]), (read) => {
      for (const one of read) {
        const record = fromKafka(one);
        if (!isUnreadable(record) && record.workspaceId === workspaceId) records.push(record);
      }
    });
    return records;
  }
}

/** Calls the API as somebody of a workspace. */
export class Client {
  constructor(
    readonly workspace: string,
    private readonly port: () => number,
    private readonly token: Promise<string>,
  ) {}

  get(path: string): Promise<Answered> {
    return this.call('GET', path);
  }

  post(path: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answered> {
    return this.call('POST', path, body, headers);
  }

  patch(path: string, body: object): Promise<Answered> {
    return this.call('PATCH', path, body);
  }

  /** The id of what was created. */
  async created(path: string, body: object): Promise<string> {
    const answer = await this.post(path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${String(answer.status)} ${JSON.stringify(answer.body)}`);
    return String(answer.body['id']);
  }

  /** The items of a list, one page after the other. */
  async all(path: string): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let cursor: unknown = null;
    do {
      const join = path.includes('?') ? '&' : '?';
      const page = await this.get(cursor === null ? path : `${path}${join}cursor=${String(cursor)}`);
      if (!Array.isArray(page.body['items'])) throw new Error(JSON.stringify(page.body));
      items.push(...(page.body['items'] as Record<string, unknown>[]));
      cursor = page.body['nextCursor'];
    } while (cursor !== null);
    return items;
  }

  private async call(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const response = await fetch(`http://127.0.0.1:${String(this.port())}/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  }
}
