import type { Sql } from '@ponte/service-kit';
import type { DeliveryId, Method } from '../deliveries/delivery.js';
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

/** Which deliveries a list is of; what is absent leaves all through. */
export interface DeliveryFilter {
  readonly integrationId: string | undefined;
  readonly dealId: string | undefined;
  readonly status: ShownStatus | undefined;
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

/** Texts rather than parameters, as the index of what went wrong (deliveries_failed) is chosen by them. */
const statusConditions: Readonly<Record<ShownStatus, string>> = {
  pending: `d.status = 'pending' AND i.status = 'active'`,
  held: `d.status = 'pending' AND i.status = 'paused'`,
  succeeded: `d.status = 'succeeded'`,
  failed: `d.status = 'failed'`,
  discarded: `d.status = 'discarded'`,
};

/** Newest first. @param before the last one of the page before */
export async function listDeliveries(
  sql: Sql,
  workspaceId: string,
  filter: DeliveryFilter,
  before: number | null,
  limit: number,
): Promise<readonly DeliveryRow[]> {
  const values: unknown[] = [workspaceId, limit];
  const conditions = ['d.workspace_id = $1'];
  const add = (column: string, comparison: string, value: unknown): void => {
    if (value === undefined || value === null) return;
    values.push(value);
    conditions.push(`${column} ${comparison} $${String(values.length)}`);
  };
  add('d.integration_id', '=', filter.integrationId);
  add('d.deal_id', '=', filter.dealId);
  add('d.seq', '<', before);
  if (filter.status !== undefined) conditions.push(statusConditions[filter.status]);
  return sql.query<DeliveryRow>(
    `${selectDeliveries} WHERE ${conditions.join(' AND ')} ORDER BY d.seq DESC LIMIT $2`,
    values,
  );
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
