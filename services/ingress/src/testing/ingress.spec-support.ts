import { connectKafka, KafkaError, type IncomingRecord } from '@ponte/kafka';
import {
  DEVELOPMENT_JWT_SECRET,
  issueToken,
  parseConfig,
  runMigrations,
  Shutdown,
  silentLogger,
  type Logger,
  type Role,
} from '@ponte/service-kit';
import { Pool } from 'pg';
import { ingressConfig } from '../config.js';
import { inboundTopic } from '../inbound-topic.js';
import { migrations } from '../migrations/index.js';
import { startIngress, type StartedIngress } from '../start-ingress.js';

export const BETWEEN_SECRET = 'a secret between origins, for tests';

export interface IngressOptions {
  databaseUrl: string;
  brokers: readonly string[];
  topicPrefix: string;
  log?: Logger;
  publicUrl?: string;
}

export interface Reply {
  status: number;
  headers: Headers;
  // Tests look into answers of many shapes.
  body: Record<string, unknown>;
}

/** An ingress that runs in this process, on real servers, and what tests do with it. */
export class RunningIngress {
  private constructor(
    private readonly options: IngressOptions,
    private readonly started: StartedIngress,
    private readonly shutdown: Shutdown,
    /** The service's own database, for looking and for arranging. */
    readonly sql: Pool,
  ) {}

  static async start(options: IngressOptions): Promise<RunningIngress> {
    await runMigrations({ url: options.databaseUrl }, migrations);
    const config = parseConfig(ingressConfig, {
      DATABASE_URL: options.databaseUrl,
      KAFKA_BROKERS: options.brokers.join(','),
      KAFKA_TOPIC_PREFIX: options.topicPrefix,
      PORT: '0',
      HOOKS_PORT: '0',
      PUBLIC_URL: options.publicUrl ?? 'https://hooks.example.com/ponte',
      BETWEEN_ORIGINS_SECRET: BETWEEN_SECRET,
    });
    const log = options.log ?? silentLogger;
    const shutdown = new Shutdown(log, 20_000);
    const started = await startIngress(config, { version: '0', log, shutdown });
    const sql = new Pool({ connectionString: options.databaseUrl, max: 4 });
    sql.on('error', () => undefined);
    return new RunningIngress(options, started, shutdown, sql);
  }

  get hooksUrl(): string {
    return `http://127.0.0.1:${String(this.started.hooksPort)}`;
  }

  /** A request to a hook, by the path of its URL. */
  hook(path: string, init: RequestInit = {}): Promise<Reply> {
    return send(`${this.hooksUrl}${path}`, { method: 'POST', ...init });
  }

  /** A request to the admin API. */
  async api(workspaceId: string, method: string, path: string, body?: unknown, extra: ApiExtra = {}): Promise<Reply> {
    const token = await issueToken(DEVELOPMENT_JWT_SECRET, {
      workspaceId,
      roles: [extra.role ?? 'editor'],
      subject: 'ana',
    });
    return send(`http://127.0.0.1:${String(this.started.adminPort)}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...extra.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Makes an integration and answers its id and the path of its URL. */
  async integration(workspaceId: string, fields: object = {}): Promise<{ id: string; path: string }> {
    const draft = { name: 'Test', preset: 'generic', target: 'contact', mode: 'create_or_update', ...fields };
    const { status, body } = await this.api(workspaceId, 'POST', '/v1/inbound-integrations', draft);
    if (status !== 201) throw new Error(`no integration: ${JSON.stringify(body)}`);
    return { id: String(body['id']), path: `/in/${String(body['url']).split('/in/')[1] ?? ''}` };
  }

  /** Everything that is in the inbound topic now. */
  async published(): Promise<IncomingRecord[]> {
    const kafka = connectKafka({
      brokers: [...this.options.brokers],
      clientId: 'test',
      topicPrefix: this.options.topicPrefix,
    });
    try {
      const partitions = Array.from({ length: inboundTopic.partitions }, (_, partition) => partition);
      const found: IncomingRecord[] = [];
      await kafka.readToEnd(
        inboundTopic.name,
        new Map(partitions.map((partition) => [partition, 'earliest'])),
        (records) => {
          found.push(...records);
        },
      );
      return found;
    } catch (error) {
      // Ingress makes the topic once Kafka is there.
      if (error instanceof KafkaError && ['topic_missing', 'unavailable'].includes(error.kind)) return [];
      throw error;
    } finally {
      await kafka.close();
    }
  }

  async stop(): Promise<void> {
    await this.shutdown.run();
    await this.sql.end();
  }
}

export interface ApiExtra {
  role?: Role;
  headers?: Record<string, string>;
}

async function send(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  return { status: response.status, headers: response.headers, body: isRecord(parsed) ? parsed : { parsed } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Waits until a check gives something that is not undefined or false. */
export async function eventually<T>(check: () => Promise<T | undefined | false>, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error('it did not come to be in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Puts a workspace into the catalogue, as its event would. */
export async function knowWorkspace(sql: Pool, id: string): Promise<void> {
  await sql.query(
    `insert into catalogue_workspaces (id, name, time_zone, country, currency)
     values ($1, 'W', 'America/Sao_Paulo', 'BR', 'BRL') on conflict do nothing`,
    [id],
  );
}
