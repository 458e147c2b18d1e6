import { randomUUID } from 'node:crypto';
import * as contracts from '@ponte/contracts';
import { writeEvent, type EventDefinition, type InboundAppliedV1 } from '@ponte/contracts';
import { EventLog, eventLogMigrations, LOG_PARTITIONS, type LogRecord, type NewRecord } from '@ponte/event-log';
import { connectKafka, type Kafka } from '@ponte/kafka';
import { connectDatabase, runMigrations, type ConnectedDatabase } from '@ponte/service-kit';

/** Says what the deals service would, through a log of its own. */
export class DealsStandIn {
  private constructor(
    private readonly database: ConnectedDatabase,
    private readonly kafka: Kafka,
    private readonly log: EventLog,
  ) {}

  static async start(databaseUrl: string, brokers: readonly string[], topicPrefix: string): Promise<DealsStandIn> {
    await runMigrations({ url: databaseUrl }, eventLogMigrations);
    const database = await connectDatabase({ url: databaseUrl });
    const kafka = connectKafka({ brokers: [...brokers], clientId: 'deals-stand-in', topicPrefix });
    const topic = 'ponte.deals.v1';
    await kafka.ensureTopic(
      { name: topic, partitions: LOG_PARTITIONS, retentionMs: -1, maxMessageBytes: 1_048_576 },
      'create',
    );
    const options = { source: 'ponte/deals', topic, partitions: LOG_PARTITIONS, maxRecordBytes: 900_000 };
    const log = new EventLog({ database, kafka, ...options });
    await log.start();
    await log.gate.whenOpen();
    return new DealsStandIn(database, kafka, log);
  }

  /** Appends events in one transaction; they are relayed soon after. */
  async say(workspaceId: string, ...events: { subject: string; type: string; data: string }[]): Promise<LogRecord[]> {
    const records = events.map((event): NewRecord => {
      const id = randomUUID();
      return {
        ...event,
        id,
        workspaceId,
        time: new Date(),
        correlationId: id,
        causationId: null,
        traceparent: null,
        hops: 0,
      };
    });
    const appended = await this.database.transaction((sql) => this.log.append(sql, records));
    return appended;
  }

  /** A workspace with an origin group, an origin with two stages, a tag and an owner. */
  async makeCatalogue(workspaceId: string) {
    const [groupId, originId, first, second, tagId, ownerId] = Array.from({ length: 6 }, () => randomUUID());
    const archived = false;
    const records = await this.say(
      workspaceId,
      event(contracts.WorkspaceCreatedV1, 'workspace', {
        id: workspaceId,
        name: 'Loja',
        timeZone: 'America/Sao_Paulo',
        country: 'BR',
        currency: 'BRL',
      }),
      event(contracts.OriginGroupCreatedV1, 'origin-group', { id: groupId ?? '', name: 'Vendas', archived }),
      event(contracts.OriginCreatedV1, 'origin', {
        id: originId ?? '',
        groupId: groupId ?? '',
        name: 'Site',
        archived,
      }),
      ...[first, second].map((id, order) =>
        event(contracts.StageCreatedV1, 'stage', {
          id: id ?? '',
          originId: originId ?? '',
          name: 'Base',
          order,
          archived,
        }),
      ),
      event(contracts.TagCreatedV1, 'tag', { id: tagId ?? '', name: 'quente', archived }),
      event(contracts.OwnerCreatedV1, 'owner', { id: ownerId ?? '', name: 'Ana', email: 'ana@example.com', archived }),
    );
    const last = records.at(-1);
    const waitFor = `${String(last?.partition)}/${String(last?.position)}`;
    return {
      originId,
      stageId: second,
      tagId,
      ownerId,
      waitFor,
      partition: last?.partition ?? 0,
      position: last?.position ?? 0,
    };
  }

  async stop(): Promise<void> {
    await this.log.stop();
    await this.kafka.close();
    await this.database.close();
  }
}

export function event<Definition extends EventDefinition>(
  definition: Definition,
  subject: string,
  data: Parameters<typeof writeEvent<Definition['data']>>[1],
) {
  const id = typeof data === 'object' && data !== null && 'id' in data ? String(data.id) : randomUUID();
  return { subject: `${subject}/${id}`, type: definition.type, data: writeEvent(definition, data) };
}

/** The outcome of a payload's item, as deals says it. */
export function applied(
  requestId: string,
  integrationId: string,
  inbound: InboundAppliedV1['inbound'],
  fields: Partial<InboundAppliedV1> = {},
) {
  return event(contracts.InboundAppliedV1, 'inbound-request', {
    requestId,
    integrationId,
    inbound,
    item: 0,
    items: 1,
    outcome: 'created',
    reason: null,
    contactId: randomUUID(),
    dealId: null,
    matchedBy: null,
    conflict: null,
    warnings: [],
    appliedAt: new Date().toISOString(),
    ...fields,
  });
}
