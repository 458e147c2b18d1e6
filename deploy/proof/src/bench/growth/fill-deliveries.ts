import { DeliverySucceededV1 } from '@ponte/contracts';
import { drawn, spreadId, type Filling } from './fill.js';
import { insertEntries, instant, partitionOf } from './log-entries.js';
import { placeOf, placeValues, type Place } from './places.js';

/**
 * Deliveries of the last 150 days with an attempt each, as the dispatcher writes them, and what its log says of those that
 * succeeded; four a deal.
 *
 * Of ten thousand: 9,960 succeeded, 20 failed, 10 discarded, 10 tried once and due again in a day. What is paused holds
 * all of its own.
 *
 * @param paused which integrations are
 */
export function deliveryFilling(
  places: readonly Place[],
  paused: readonly string[],
  rows: number,
  until: Date,
): Filling {
  return {
    what: 'deliveries',
    rows,
    statement: insertDeliveries,
    values: [until, ...placeValues(places), paused, places.map(({ workspaceId }) => partitionOf(workspaceId))],
    tables: ['deliveries', 'delivery_attempts', 'event_log'],
  };
}

const entry = {
  partition: 'e.partition',
  position: 'e.n - $3::int',
  id: spreadId('e.n', '$3::int', 'outcome'),
  type: DeliverySucceededV1.type,
  subject: `'delivery/' || e.id`,
  workspaceId: 'e.workspace_id',
  time: `e.happened_at + interval '1 s'`,
  correlationId: 'e.id',
  causationId: 'e.id',
  data: `format('{"deliveryId":"%s","integrationId":"%s","eventId":"%s","trigger":"DealCreated","dealId":"%s",'
    '"contactId":"%s","attempts":1,"statusCode":200,"finishedAt":"%s"}', e.id, e.integration_id, e.id, e.deal_id,
    e.deal_id, ${instant('e.happened_at')})`,
};

const insertDeliveries = `
  WITH placed AS (
    SELECT n, ${placeOf('n', '$5')} AS place, ${drawn('n', 10_000, 2)} AS draw,
           $4::timestamptz - ($3::int - n) * (interval '150 days' / $3::int) AS happened_at
      FROM generate_series($1::int, $2::int) AS n
  ), given AS MATERIALIZED (
    SELECT p.*, ${spreadId('n', '$3::int', 'delivery')} AS id, ($6::uuid[])[p.place] AS workspace_id,
           ($7::uuid[])[p.place] AS integration_id, ($9::int[])[p.place] AS partition,
           ($7::uuid[])[p.place] = ANY ($8::uuid[]) AS held,
           -- Those that may have to wait have a deal of their own: one of a lane has the turn.
           ${spreadId('CASE WHEN draw < 10 THEN n ELSE n - n % 4 END', '$3::int', 'deal')} AS deal_id,
           CASE WHEN draw < 10 THEN 'pending' WHEN draw < 20 THEN 'discarded' WHEN draw < 40 THEN 'failed'
                ELSE 'succeeded' END AS drawn
      FROM placed p
  ), ended AS MATERIALIZED (
    SELECT g.*, CASE WHEN g.held THEN 'pending' ELSE g.drawn END AS status,
           CASE WHEN g.held OR g.drawn = 'discarded' THEN 0 ELSE 1 END AS attempts,
           CASE g.drawn WHEN 'succeeded' THEN 200 ELSE 500 END AS status_code
      FROM given g
  ), attempts AS (
    INSERT INTO delivery_attempts (delivery_id, number, started_at, duration_ms, status_code, error_code, response_body)
    SELECT e.id, 1, e.happened_at, 40 + e.draw % 200, e.status_code,
           CASE WHEN e.status_code <> 200 THEN 'bad_status' END, 'ok'
      FROM ended e WHERE e.attempts > 0
  ), entries AS (
    ${insertEntries(entry, `ended e WHERE e.status = 'succeeded'`)}
  )
  INSERT INTO deliveries (
    id, workspace_id, integration_id, deal_id, contact_id, event_id, trigger, happened_at, lane_seq, turn, status,
    reason, attempts, due_at, last_status_code, method, url, body, hops, correlation_id, created_at, finished_at)
  SELECT e.id, e.workspace_id, e.integration_id,
         CASE WHEN e.held THEN ${spreadId('e.n', '$3::int', 'deal')} ELSE e.deal_id END,
         ${spreadId('e.n - e.n % 4', '$3::int', 'contact')}, ${spreadId('e.n', '$3::int', 'event')}, 'DealCreated',
         e.happened_at, e.n - $3::int, true, e.status,
         CASE e.status WHEN 'failed' THEN 'exhausted' WHEN 'discarded' THEN 'discarded_on_resume' END, e.attempts,
         CASE WHEN e.held THEN e.happened_at WHEN e.status = 'pending' THEN $4::timestamptz + interval '1 day'
              ELSE e.happened_at END,
         CASE WHEN e.attempts > 0 THEN e.status_code END, 'POST', 'https://receiver.example.com/hooks/deals',
         format('{"deal_id":"%s","deal_status":"OPEN","contact_email":"pessoa.%s@example.com"}', e.deal_id, e.n), 0,
         ${spreadId('e.n', '$3::int', 'request')}, e.happened_at,
         CASE WHEN e.status <> 'pending' THEN e.happened_at + interval '1 s' END
    FROM ended e ORDER BY e.n`;
