import type { Trigger } from '@ponte/contracts';
import type { Sql, Transaction } from '@ponte/service-kit';
import type { DeliveryId, DeliveryRequest, InstanceId } from './delivery.js';

/** A delivery that an event made. */
export interface NewDelivery {
  readonly id: DeliveryId;
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly dealId: string;
  readonly contactId: string;
  readonly eventId: string;
  readonly trigger: Trigger;
  /** The event's time. */
  readonly happenedAt: Date;
  /** The event's position in its partition: the order within a lane. */
  readonly laneSeq: number;
  readonly hops: number;
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly request: DeliveryRequest;
  /** Why it ends before its first attempt; null where it is to be sent. */
  readonly failure: string | null;
  /** Whether to insert it already claimed, if its turn has come. */
  readonly claim: boolean;
}

/** What became of one that was inserted; those that were there already, or whose end was adopted, don't appear. */
export interface InsertedDelivery {
  readonly id: DeliveryId;
  readonly claimed: boolean;
}

/**
 * Inserts deliveries, each lane in order, and gives lanes that have no head one (see the migration's
 * `insert_deliveries`). One that is there already is left as it is.
 *
 * @param claimer the lease that `claim` refers to; null: nothing is claimed
 */
export async function insertDeliveries(
  sql: Sql,
  deliveries: readonly NewDelivery[],
  claimer: InstanceId | null,
): Promise<readonly InsertedDelivery[]> {
  if (deliveries.length === 0) return [];
  return sql.query<InsertedDelivery>(callInsert, [rowsOf(deliveries), claimer]);
}

/** As `insertDeliveries`, without waiting. @param read is told what became of them (see `Transaction.send`) */
export function sendDeliveries(
  sql: Transaction,
  deliveries: readonly NewDelivery[],
  claimer: InstanceId | null,
  read: (inserted: readonly InsertedDelivery[]) => void,
): void {
  if (deliveries.length > 0) sql.send<InsertedDelivery>(callInsert, [rowsOf(deliveries), claimer], read);
}

const callInsert =
  'SELECT inserted_id AS id, is_claimed AS claimed FROM insert_deliveries($1::json, $2::uuid) WHERE NOT was_adopted';

function rowsOf(deliveries: readonly NewDelivery[]): string {
  const rows = deliveries.map((one) => ({
    id: one.id,
    workspace_id: one.workspaceId,
    integration_id: one.integrationId,
    deal_id: one.dealId,
    contact_id: one.contactId,
    event_id: one.eventId,
    trigger: one.trigger,
    happened_at: one.happenedAt,
    lane_seq: one.laneSeq,
    status: one.failure === null ? 'pending' : 'failed',
    reason: one.failure,
    method: one.request.method,
    url: one.request.url,
    body: one.request.body,
    hops: one.hops,
    correlation_id: one.correlationId,
    traceparent: one.traceparent,
    claim: one.claim,
  }));
  return JSON.stringify(rows);
}
