import { InboundReceivedV1 } from '@ponte/contracts';
import { drawn, spreadId, type Filling } from './fill.js';
import { insertEntries, instant, partitionOf } from './log-entries.js';
import { placeOf, placeValues, type Place } from './places.js';

/**
 * Requests of the last 150 days with their records in the log and their outcomes, as ingress writes them; the delivery
 * ids of the last 30.
 *
 * Of a hundred: 58 updated, 30 created, 5 unchanged, 4 ignored, 1 rejected, 1 refused with 401; one of ten thousand
 * failed.
 */
export function requestFilling(places: readonly Place[], rows: number, until: Date): Filling {
  return {
    what: 'received requests',
    rows,
    statement: insertRequests,
    values: [until, ...placeValues(places), places.map(({ workspaceId }) => partitionOf(workspaceId))],
    tables: ['inbound_requests', 'inbound_outcomes', 'inbound_delivery_ids', 'event_log'],
  };
}

/** UUIDv7 of the time of arrival. */
const requestId = `(lpad(to_hex((extract(epoch FROM r.received_at) * 1000)::bigint), 12, '0') || '7'
    || substr(r.hash, 1, 3) || '8' || substr(r.hash, 4, 15))::uuid`;

const entry = {
  partition: 'g.partition',
  position: 'g.n - $3::int',
  id: 'g.id',
  type: InboundReceivedV1.type,
  subject: `'inbound-request/' || g.id`,
  workspaceId: 'g.workspace_id',
  time: 'g.received_at',
  correlationId: 'g.id',
  causationId: 'NULL',
  data: `format('{"requestId":"%s","receivedAt":"%s","integrationId":"%s","target":"deal","mode":"create_or_update",'
    '"originId":"%s","closedDealsMatch":true,"settings":{"tags":null,"stage":null,"status":null,"owner":null},'
    '"betweenOrigins":false,"items":[{"index":0,"stage":null,"status":null,"lostReason":null,"owner":null,"title":null,'
    '"value":"%s.90","currency":"BRL","product":"Curso completo","externalId":"%s","contactTags":[],"dealTags":[],'
    '"customFields":{},"warnings":[]}],"person":{"items":[{"index":0,"name":"Pessoa %s",'
    '"emails":["pessoa.%s@example.com"],"phones":[],"utm":{},"customFields":{}}]}}',
    g.id, ${instant('g.received_at')}, g.integration_id, g.workspace_id, g.n % 900, g.hash, g.n, g.n)`,
};

const insertRequests = `
  WITH placed AS (
    SELECT n, md5('request' || n) AS hash, ${placeOf('n', '$5')} AS place,
           $4::timestamptz - ($3::int - n) * (interval '150 days' / $3::int) AS received_at,
           ${drawn('n', 10_000, 1)} AS draw
      FROM generate_series($1::int, $2::int) AS n
  ), given AS MATERIALIZED (
    SELECT r.*, ${requestId} AS id, ($6::uuid[])[r.place] AS workspace_id, ($7::uuid[])[r.place] AS integration_id,
           ($8::int[])[r.place] AS partition,
           CASE WHEN draw < 1 THEN 'failed' WHEN draw < 100 THEN 'rejected' WHEN draw < 500 THEN 'ignored'
                WHEN draw < 1000 THEN 'unchanged' WHEN draw < 1100 THEN NULL WHEN draw < 4100 THEN 'created'
                ELSE 'updated' END AS outcome,
           format('{"contact_name":"Pessoa %s","contact_email":"pessoa.%s@example.com","contact_phone":"1198%s",'
                  '"produto":"Curso completo","valor":"%s.90","status":"approved","transacao":"%s"}',
                  n, n, lpad((n % 10000000)::text, 7, '0'), n % 900, hash) AS body
      FROM placed r
  ), requests AS (
    INSERT INTO inbound_requests (
      id, workspace_id, integration_id, received_at, method, content_type, size, headers, query, body, delivery_id,
      items, state, response_status, response_code, partition, position)
    SELECT g.id, g.workspace_id, g.integration_id, g.received_at, 'POST', 'application/json', octet_length(g.body),
           '[["Host","hooks.example.com"],["User-Agent","Axios 1.1"],["Content-Type","application/json"]]', '',
           convert_to(g.body, 'UTF8'), 'EVENTO-' || g.n, CASE WHEN g.outcome IS NULL THEN 0 ELSE 1 END,
           CASE WHEN g.outcome IS NULL THEN 'refused' ELSE 'published' END,
           CASE WHEN g.outcome IS NULL THEN 401 ELSE 200 END,
           CASE WHEN g.outcome IS NULL THEN 'wrong_token' ELSE 'accepted' END, g.partition,
           CASE WHEN g.outcome IS NOT NULL THEN g.n - $3::int END
      FROM given g
  ), entries AS (
    ${insertEntries(entry, 'given g WHERE g.outcome IS NOT NULL')}
  ), outcomes AS (
    INSERT INTO inbound_outcomes (
      request_id, item, workspace_id, integration_id, outcome, reason, deal_id, contact_id, matched_by, conflict,
      warnings, applied_at)
    SELECT g.id, 0, g.workspace_id, g.integration_id, g.outcome,
           CASE g.outcome WHEN 'rejected' THEN 'no_identity' WHEN 'ignored' THEN 'no_match'
                WHEN 'failed' THEN 'poison' END,
           CASE WHEN g.draw >= 500 THEN ${spreadId('g.n', '$3::int', 'deal')} END,
           CASE WHEN g.draw >= 500 THEN ${spreadId('g.n', '$3::int', 'contact')} END,
           CASE WHEN g.draw >= 500 AND g.outcome <> 'created' THEN 'email' END, NULL, '[]',
           g.received_at + interval '1 s'
      FROM given g WHERE g.outcome IS NOT NULL
  )
  INSERT INTO inbound_delivery_ids (integration_id, delivery_hash, bytes_hash, request_id, received_at)
  SELECT g.integration_id, ${spreadId('g.n', '$3::int', 'delivery')}, md5(g.body)::uuid, g.id, g.received_at
    FROM given g WHERE g.outcome IS NOT NULL AND g.received_at > $4::timestamptz - interval '30 days'`;
