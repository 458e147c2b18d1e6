import type { Sql } from '@ponte/service-kit';
import type { DeliveryId, Method } from '../deliveries/delivery.js';
import { deliveriesListed, type DeliveryFilter } from './deliveries-listed.sql.js';
import type { ShownStatus } from './deliveries.query.js';

/** A delivery as it stands in the table, with the status that users see. */
export interface DeliveryRow {
  readonly id: DeliveryId;
  readonly seq: number;
  readonly integrationId: string;
  readonly dealId: string;
  readonly contactId: string;
  readonly eventId: string;
  readonly trigger: string;
  readonly status: ShownStatus;
  readonly reason: string | null;
  readonly attempts: number;
  readonly dueAt: Date;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly method: Method;
  readonly url: string;
  readonly body: string | null;
}

export interface AttemptRow {
  readonly number: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly errorCode: string | null;
  readonly responseBody: string | null;
}

/** `held` is no state of a row: it is what waits while its integration is paused. */
const selectDeliveries = `
  SELECT d.id, d.seq, d.integration_id AS "integrationId", d.deal_id AS "dealId", d.contact_id AS "contactId",
         d.event_id AS "eventId", d.trigger,
         CASE WHEN d.status = 'pending' AND i.status = 'paused' THEN 'held' ELSE d.status END AS status,
         d.reason, d.attempts, d.due_at AS "dueAt", d.created_at AS "createdAt", d.finished_at AS "finishedAt",
         d.method, d.url, d.body
    FROM deliveries d
    JOIN outbound_integrations i ON i.id = d.integration_id`;

/** Newest first. @param before the last one of the page before */
export async function listDeliveries(
  sql: Sql,
  workspaceId: string,
  filter: DeliveryFilter,
  before: number | null,
  limit: number,
): Promise<readonly DeliveryRow[]> {
  const { text, values } = deliveriesListed(selectDeliveries, workspaceId, filter, before, limit);
  return sql.query<DeliveryRow>(text, values);
}

export async function findDelivery(sql: Sql, workspaceId: string, id: string): Promise<DeliveryRow | null> {
  const [row] = await sql.query<DeliveryRow>(`${selectDeliveries} WHERE d.workspace_id = $1 AND d.id = $2`, [
    workspaceId,
    id,
  ]);
  return row ?? null;
}

export async function attemptsOf(sql: Sql, id: DeliveryId): Promise<readonly AttemptRow[]> {
  return sql.query<AttemptRow>(
    `SELECT number, started_at AS "startedAt", duration_ms AS "durationMs", status_code AS "statusCode",
            error_code AS "errorCode", response_body AS "responseBody"
       FROM delivery_attempts WHERE delivery_id = $1 ORDER BY number`,
    [id],
  );
}
