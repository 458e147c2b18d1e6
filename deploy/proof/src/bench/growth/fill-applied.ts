import { InboundAppliedV1 } from '@ponte/contracts';
import { spreadId, type Filling } from './fill.js';
import { insertEntries, instant, partitionOf } from './log-entries.js';
import { placeOf, placeValues, type Place } from './places.js';

/**
 * Outcomes in the log of deals alone, as many as requests that were received. They name requests of their own, which
 * ingress knows nothing of: they are for the size of the log, and nobody looks one up.
 */
export function appliedFilling(places: readonly Place[], rows: number, until: Date): Filling {
  return {
    what: 'outcomes in the log of deals',
    rows,
    statement: insertApplied,
    values: [until, ...placeValues(places), places.map(({ workspaceId }) => partitionOf(workspaceId))],
    tables: ['event_log'],
  };
}

const requestId = spreadId('n', '$3::int', 'request');

const insertApplied = `
  WITH placed AS (
    SELECT n, ${placeOf('n', '$5')} AS place, ${requestId} AS request_id,
           $4::timestamptz - ($3::int - n) * (interval '150 days' / $3::int) AS applied_at
      FROM generate_series($1::int, $2::int) AS n
  ), given AS MATERIALIZED (
    SELECT p.*, ($6::uuid[])[place] AS workspace_id, ($7::uuid[])[place] AS integration_id,
           ($8::int[])[place] AS partition
      FROM placed p
  )
  ${insertEntries(
    {
      partition: 'g.partition',
      // Below those of the deals, which have a record each.
      position: 'g.n::bigint - 2000000000',
      id: spreadId('g.n', '$3::int', 'applied'),
      type: InboundAppliedV1.type,
      subject: `'inbound-request/' || g.request_id`,
      workspaceId: 'g.workspace_id',
      time: 'g.applied_at',
      correlationId: 'g.request_id',
      causationId: 'g.request_id',
      data: `format('{"requestId":"%s","integrationId":"%s","inbound":{"partition":%s,"position":%s},"item":0,'
        '"items":1,"outcome":"updated","reason":null,"contactId":"%s","dealId":"%s","matchedBy":"email",'
        '"conflict":null,"warnings":[],"appliedAt":"%s"}', g.request_id, g.integration_id, g.partition, g.n,
        g.request_id, g.request_id, ${instant('g.applied_at')})`,
    },
    'given g',
  )}`;
