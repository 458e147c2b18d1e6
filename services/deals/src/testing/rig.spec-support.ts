import { randomUUID } from 'node:crypto';
import { InboundReceivedV1, writeEvent, type InboundReceivedV1 as InboundData } from '@ponte/contracts';
import { EventLog, type ReceivedRecord } from '@ponte/event-log';
import { connectKafka, type Kafka, type KafkaConfig } from '@ponte/kafka';
import {
  connectDatabase,
  runMigrations,
  type ConnectedDatabase,
  type Database,
  type Transaction,
} from '@ponte/service-kit';
import { createTestDatabase, testServers, testTopicPrefix, type TestDatabase } from '@ponte/testing';
import { applyRecords } from '../apply-inbound/apply-records.js';
import type { CatalogueEvent } from '../catalogue/catalogue.js';
import { catalogueEntities } from '../catalogue/entities.js';
import { readDomainEvent, type DomainEvent } from '../events.js';
import { workspaceId, type WorkspaceId } from '../ids.js';
import { migrations } from '../migrations/index.js';
import { CatalogueCache } from '../projections/catalogue-cache.js';
import { WorkingSet } from '../projections/working-set.js';
import { writeProjections } from '../projections/write.js';
import { recordsOf } from '../records.js';
import { catalogueEvents } from './inbound.spec-support.js';

export const partitions = 4;
const patienceMs = 20_000;

/** A deals database with a started log on a Kafka with a prefix of its own. */
export class Rig {
  readonly cache: CatalogueCache;

  private constructor(
    readonly test: TestDatabase,
    readonly database: ConnectedDatabase,
    readonly kafkaConfig: KafkaConfig,
    readonly kafka: Kafka,
    readonly log: EventLog,
  ) {
    this.cache = new CatalogueCache(database);
  }

  static async open(): Promise<Rig> {
    const servers = testServers();
    const test = await createTestDatabase(servers.databaseUrl);
    await runMigrations({ url: test.url }, migrations);
    const database = await connectDatabase({ url: test.url }, { entities: catalogueEntities, migrations });
    const kafkaConfig = { brokers: servers.brokers, clientId: 'deals-test', topicPrefix: testTopicPrefix() };
    const kafka = connectKafka(kafkaConfig);
    const topic = 'ponte.deals.v1';
    await kafka.ensureTopic({ name: topic, partitions, retentionMs: -1, maxMessageBytes: 1_000_000 }, 'create');
    const source = 'ponte/deals';
    const log = new EventLog({ database, kafka, source, topic, partitions, maxRecordBytes: 900_000 });
    await log.start();
    await log.gate.whenOpen(AbortSignal.timeout(patienceMs));
    return new Rig(test, database, kafkaConfig, kafka, log);
  }

  async close(): Promise<void> {
    await this.log.stop();
    await this.kafka.close();
    await this.database.close();
    await this.test.drop();
  }

  /** A new workspace with the catalogue of the unit tests, appended and projected like any other. */
  async workspace(more: readonly CatalogueEvent[] = []): Promise<WorkspaceId> {
    const id = workspaceId(randomUUID());
    const events = [...catalogueEvents, ...more].map((event): CatalogueEvent =>
      event.kind === 'WorkspaceCreated' ? { ...event, data: { ...event.data, id } } : event,
    );
    await this.database.transaction(async (sql) => {
      const set = new WorkingSet(id, null);
      set.evolve(events, new Date().toISOString());
      const cause = { workspaceId: id, id: randomUUID(), time: new Date(), correlationId: id, causationId: null };
      await this.log.append(sql, recordsOf(events, { ...cause, traceparent: null, hops: 0 }));
      writeProjections(sql, [set], this.cache);
    });
    return id;
  }

  async apply(
    records: readonly ReceivedRecord[],
    database: Database = this.database,
    cache = this.cache,
  ): Promise<DomainEvent[]> {
    return database.transaction((sql) => this.applyIn(sql, records, cache));
  }

  async applyIn(sql: Transaction, records: readonly ReceivedRecord[], cache = this.cache): Promise<DomainEvent[]> {
    // The consumer's step does this in the round trip that locks its rows.
    await this.log.lockHeads(sql, new Set(records.map((record) => this.log.partitionOf(record.workspaceId))));
    return applyRecords(sql, records, { log: this.log, cache, maxRecordBytes: 900_000 });
  }

  /** All events of a workspace, as they lie in the log. */
  async events(workspace: WorkspaceId): Promise<{ event: DomainEvent; time: Date; position: number }[]> {
    const rows = await this.database.query<{ type: string; data: string; time: Date; position: number }>(
      'SELECT type, data, time, position FROM event_log WHERE workspace_id = $1 ORDER BY position',
      [workspace],
    );
    return rows.map(({ type, data, time, position }) => ({ event: readDomainEvent(type, data), time, position }));
  }
}

let positions = 0;

/** An inbound record of a workspace as it would come from the topic. */
export function received(workspace: string, inbound: InboundData, more: Partial<ReceivedRecord> = {}): ReceivedRecord {
  positions += 1;
  return {
    id: randomUUID(),
    type: InboundReceivedV1.type,
    workspaceId: workspace,
    subject: `request/${inbound.requestId}`,
    time: new Date(Date.parse('2026-11-24T10:00:00.000Z') + positions),
    data: writeEvent(InboundReceivedV1, inbound),
    correlationId: inbound.requestId,
    causationId: null,
    traceparent: null,
    hops: 0,
    partition: 0,
    position: positions,
    predecessorId: null,
    offset: BigInt(positions),
    key: workspace,
    source: 'ponte/ingress',
    ...more,
  };
}

/** A database that counts its statements. */
export function counting(database: Database): Database & { statements: number } {
  const counted = {
    statements: 0,
    query: database.query.bind(database),
    listen: database.listen.bind(database),
    onConnectionLost: database.onConnectionLost.bind(database),
    close: database.close.bind(database),
    transaction: <T>(work: (sql: Transaction) => Promise<T>) =>
      database.transaction((sql) => {
        const query: Transaction['query'] = async (text, values) => {
          counted.statements += 1;
          return sql.query(text, values);
        };
        const send: Transaction['send'] = (text, values, read) => {
          counted.statements += 1;
          sql.send(text, values, read);
        };
        const onEnd: Transaction['onEnd'] = (listener) => {
          sql.onEnd(listener);
        };
        return work({ query, send, onEnd });
      }),
  };
  return counted;
}
