import * as contracts from '@ponte/contracts';
import { AppendsHeld, LogConsumer, type EventLog, type ReceivedRecord } from '@ponte/event-log';
import type { WaitingRecords } from '@ponte/kafka';
import type { Database, Logger, Sql, Transaction } from '@ponte/service-kit';
import { applyCatalogue, catalogueEvents } from '../catalogue/apply-catalogue.js';
import type { DeliveryEngine } from '../deliveries/engine.js';
import { recordOf } from '../deliveries/outcome-log.js';
import { fire } from './fire.js';
import { toTriggerEvent } from './trigger-event.js';

export interface DealsConsumerOptions {
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly engine: DeliveryEngine;
  readonly publicUrl: string;
  readonly log: Logger;
}

export const DEALS_TOPIC = 'ponte.deals.v1';

/** So long records are held in hand while appends are; then the transport hands them over again. */
const GATE_PATIENCE_MS = 2_000;

const triggers = [
  contracts.DealCreatedV1,
  contracts.StageEnteredV1,
  contracts.StageChangedV1,
  contracts.StatusChangedV1,
];

/** The types that are read here, and the highest version of each; the others are passed over. */
function readTypes(): ReadonlyMap<string, number> {
  const names = new Set([...triggers, ...catalogueEvents].map((event) => `ponte.${event.name}`));
  return new Map([...contracts.knownTypes(DEALS_TOPIC)].filter(([name]) => names.has(name)));
}

/**
 * Follows ponte.deals.v1: keeps the catalogue's names, and turns events into deliveries. No HTTP happens here; what was
 * inserted already claimed is given to the engine after the commit.
 */
export class DealsConsumer {
  readonly consumer: LogConsumer;

  constructor(private readonly options: DealsConsumerOptions) {
    this.consumer = new LogConsumer({
      database: options.database,
      name: 'dispatcher.deals',
      topic: DEALS_TOPIC,
      knownTypes: readTypes(),
      parkingKeys,
      locks: (sql, records) => this.lock(sql, records),
      apply: (sql, records) => this.apply(sql, records),
      describeError: (error) => (error instanceof contracts.ContractViolation ? error.message : null),
      redo: 'in_place',
      log: options.log,
    });
  }

  async handle(waiting: WaitingRecords): Promise<void> {
    if (waiting.kind === 'records') await this.known();
    return this.consumer.handle(waiting);
  }

  /**
   * A database that was restored reads events again whose deliveries were made and finished: nothing is made of them
   * before the log of deliveries, which knows, was compared with its topic, and what it lacked was adopted.
   */
  private async known(): Promise<void> {
    const { gate } = this.options.eventLog;
    if (gate.isOpen()) return;
    await gate.whenOpen(AbortSignal.timeout(GATE_PATIENCE_MS)).catch(() => {
      throw new AppendsHeld(gate.reason() ?? 'log and topic were not compared yet');
    });
  }

  /** Only loops that end here are told to the log. Its heads are locked before any delivery or integration. */
  private async lock(sql: Sql, records: readonly ReceivedRecord[]): Promise<void> {
    const { eventLog } = this.options;
    const looping = records.filter((record) => record.hops + 1 > contracts.MAX_HOPS);
    if (looping.length === 0) return;
    await eventLog.lockHeads(sql, new Set(looping.map((record) => eventLog.partitionOf(record.workspaceId))));
  }

  private async apply(sql: Transaction, records: readonly ReceivedRecord[]): Promise<void> {
    const held = this.options.eventLog.gate.reason();
    if (held !== null) throw new AppendsHeld(held);
    applyCatalogue(sql, records);
    const events = records.map(toTriggerEvent).filter((event) => event !== null);
    const { engine, eventLog, publicUrl } = this.options;
    const failed = await fire(sql, events, engine, publicUrl);
    if (failed.length === 0) return;
    const now = new Date();
    eventLog.sendAppend(
      sql,
      failed.map((one) => recordOf(one, { kind: 'failed', reason: one.failure ?? '' }, 0, null, now)),
    );
  }
}

/** What must keep its order: the deal, and the contact whose data it carries. */
function parkingKeys(record: ReceivedRecord): readonly string[] {
  const event = toTriggerEvent(record);
  return event === null ? [record.subject] : [`deal/${event.deal.id}`, `contact/${event.contact.id}`];
}
