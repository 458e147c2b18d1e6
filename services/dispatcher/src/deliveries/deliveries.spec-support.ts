import { randomUUID } from 'node:crypto';
import { connectDatabase, runMigrations, type ConnectedDatabase } from '@ponte/service-kit';
import { openOnTestDatabase, type OnTestDatabase } from '@ponte/testing';
import { migrations } from '../migrations/index.js';
import { deliveryIdOf } from './delivery.js';
import { DeliveryEngine, type EngineOptions } from './engine.js';
import { insertDeliveries, type InsertedDelivery, type NewDelivery } from './insert-deliveries.js';
import { InstanceLease, type LeaseOptions } from './instance-lease.js';
import { makeCall } from './make-call.js';
import { createReceiverAgents } from './receiver-agents.js';
import type { FinishedDelivery, OutcomeLog } from './results.js';

/** A dispatcher's database with real engines on it. Ends of deliveries go to `finished` in place of the log. */
export class DeliveryWorld {
  readonly finished: FinishedDelivery[] = [];
  private readonly engines: DeliveryEngine[] = [];
  private position = 0;

  readonly database: ConnectedDatabase;

  private constructor(private readonly test: OnTestDatabase<ConnectedDatabase>) {
    this.database = test.opened;
  }

  static async open(): Promise<DeliveryWorld> {
    const test = await openOnTestDatabase(async (url) => {
      await runMigrations({ url }, migrations);
      return connectDatabase({ url, poolSize: 8 });
    });
    return new DeliveryWorld(test);
  }

  async close(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.stop()));
    await this.test.close();
  }

  outcomeLog(): OutcomeLog {
    return {
      append: () => Array.from({ length: 11 }, () => '{}'),
      committed: (finished) => {
        this.finished.push(...finished);
      },
    };
  }

  lease(options: LeaseOptions = {}): InstanceLease {
    return new InstanceLease(this.database, options);
  }

  /** An engine that calls for real, with short waits. Started by the test, stopped by `close`. */
  engine(options: Partial<EngineOptions> & { timeoutMs?: number } = {}): DeliveryEngine {
    const agents = createReceiverAgents({ publicUrl: 'http://ponte.example', allowPrivateNetworks: true });
    const own = { publicUrl: 'http://ponte.example', secret: 'between' };
    const engine = new DeliveryEngine({
      database: this.database,
      lease: options.lease ?? this.lease(),
      log: this.outcomeLog(),
      call: makeCall({ agents, timeoutMs: options.timeoutMs ?? 1_000, own, allowPrivateNetworks: true }),
      schedule: [50, 50, 50],
      limits: { total: 64, perIntegration: 8 },
      observer: { recorded: () => undefined, dropped: () => undefined, troubled: () => undefined },
      pollMs: 50,
      drainMs: 2_000,
      ...options,
    });
    this.engines.push(engine);
    return engine;
  }

  async integration(url: string, workspaceId: string = randomUUID()): Promise<TestIntegration> {
    const id = randomUUID();
    await this.database.query(
      `INSERT INTO outbound_integrations (id, workspace_id, name, trigger, origin_id, filter, url, method, mapping,
                                          status, switched_on_at, created_at, updated_at)
       VALUES ($1, $2, 'Receiver', 'DealCreated', $2, '{}', $3, 'POST', '[]', 'active', now(), now(), now())`,
      [id, workspaceId, url],
    );
    return { id, workspaceId, url };
  }

  /** The next delivery of a lane, in the order of the calls. */
  delivery(integration: TestIntegration, dealId: string, over: Partial<NewDelivery> = {}): NewDelivery {
    const eventId = randomUUID();
    this.position += 1;
    return {
      id: deliveryIdOf(integration.id, eventId),
      workspaceId: integration.workspaceId,
      integrationId: integration.id,
      dealId,
      contactId: randomUUID(),
      eventId,
      trigger: 'DealCreated',
      happenedAt: new Date(),
      laneSeq: this.position,
      hops: 0,
      correlationId: randomUUID(),
      traceparent: null,
      request: { method: 'POST', url: integration.url, body: JSON.stringify({ position: this.position }) },
      failure: null,
      claim: false,
      ...over,
    };
  }

  insert(deliveries: readonly NewDelivery[]): Promise<readonly InsertedDelivery[]> {
    return this.database.transaction((sql) => insertDeliveries(sql, deliveries, null));
  }

  /** Waits until no delivery is pending (of one integration, if given). */
  async settled(timeoutMs = 10_000, integrationId: string | null = null): Promise<void> {
    await eventually(timeoutMs, 'nothing is pending', async () => {
      const [row] = await this.database.query<{ count: number }>(
        `SELECT count(*) AS count FROM deliveries
          WHERE status = 'pending' AND ($1::uuid IS NULL OR integration_id = $1)`,
        [integrationId],
      );
      return row?.count === 0;
    });
  }
}

export interface TestIntegration {
  readonly id: string;
  readonly workspaceId: string;
  readonly url: string;
}

/** Asks until it is so. */
export async function eventually(
  timeoutMs: number,
  what: string,
  isSo: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not so after ${String(timeoutMs)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
