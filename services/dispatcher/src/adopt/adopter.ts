import { DeliveryFailedV1, DeliverySucceededV1, readEvent } from '@ponte/contracts';
import type { Adopter, LogRecord, Loss } from '@ponte/event-log';
import { giveTurns, type Lane } from '../deliveries/lanes.js';

/**
 * Takes back what ponte.deliveries.v1 holds after the database of the dispatcher was restored: how deliveries ended, so
 * that none of them is called again. The deliveries themselves come again from the deals events, which the restored
 * consumer reads again.
 */
export const adopter: Adopter = {
  evolve: async (sql, records) => {
    const ends = [...new Map(records.map(toEnd).map((end) => [end.id, end])).values()];
    if (ends.length === 0) return [];
    const json = JSON.stringify(ends);
    const lanes = await sql.query<Lane>(finishDeliveries, [json]);
    await giveTurns(sql, lanes);
    await sql.query(keepEnds, [json]);
    return [
      { what: 'delivery_attempts', subject: null, count: ends.length },
      ...(await sql.query<Loss>(selectLostIntegrations, [json])),
    ];
  },
};

function toEnd({ type, data }: LogRecord) {
  const parsed: unknown = JSON.parse(data);
  const failed = type === DeliveryFailedV1.type ? readEvent(DeliveryFailedV1, parsed) : null;
  const end = failed ?? readEvent(DeliverySucceededV1, parsed);
  return {
    id: end.deliveryId,
    integration_id: end.integrationId,
    status: failed === null ? 'succeeded' : 'failed',
    reason: failed?.reason ?? null,
    attempts: end.attempts,
    status_code: end.statusCode,
    finished_at: end.finishedAt,
  };
}

const given = `
  given AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1) AS g (
      id uuid, integration_id uuid, status text, reason text, attempts integer, status_code integer,
      finished_at timestamptz)
  )`;

/** Those that were there at the time of the backup. Locked in the order of their ids, as everyone does. */
const finishDeliveries = `
  WITH ${given}, locked AS MATERIALIZED (
    SELECT d.id FROM deliveries d JOIN given g USING (id) ORDER BY d.id FOR UPDATE OF d
  )
  UPDATE deliveries d
     SET status = g.status, reason = g.reason, attempts = g.attempts, last_status_code = g.status_code,
         claimed_by = NULL, finished_at = g.finished_at
    FROM locked JOIN given g USING (id)
   WHERE d.id = locked.id
  RETURNING d.integration_id AS "integrationId", d.deal_id AS "dealId"`;

const keepEnds = `
  WITH ${given}
  INSERT INTO adopted_ends (delivery_id, status, reason, attempts, last_status_code, finished_at)
  SELECT g.id, g.status, g.reason, g.attempts, g.status_code, g.finished_at
    FROM given g
   WHERE NOT EXISTS (SELECT FROM deliveries d WHERE d.id = g.id)
  ON CONFLICT (delivery_id) DO UPDATE
    SET (status, reason, attempts, last_status_code, finished_at) =
        ROW (excluded.status, excluded.reason, excluded.attempts, excluded.last_status_code, excluded.finished_at)`;

/** Integrations that were made after the backup: their settings are in no copy. */
const selectLostIntegrations = `
  WITH ${given}
  SELECT 'integration' AS what, g.integration_id AS subject, count(*) AS count
    FROM given g
   WHERE NOT EXISTS (SELECT FROM outbound_integrations i WHERE i.id = g.integration_id)
   GROUP BY g.integration_id`;
