export interface OutcomeItem {
  index: number;
  outcome: string;
  reason: string | null;
  dealId: string | null;
  contactId: string | null;
  matchedBy: string | null;
  warnings: unknown[];
}

export interface RequestRow {
  id: string;
  integration_id: string;
  received_at: Date;
  /** null, as is its size, where it came back from the topic after a restore: the bytes stay with ingress alone. */
  method: string | null;
  content_type: string | null;
  size: number | null;
  content_lost: boolean;
  state: 'held' | 'published' | 'refused' | 'duplicate' | 'duplicate_differs' | 'failed';
  items: number;
  response_status: number;
  response_code: string;
  partition: number;
  position: number | null;
  outcomes: OutcomeItem[];
}

export interface ContentRow {
  headers: string;
  query: string;
  body: Buffer;
  delivery_id: string | null;
  /** JSON text of InboundReceivedV1; null where nothing was to be published. */
  data: string | null;
}

const columns = /* sql */ `
  r.id, r.integration_id, r.received_at, r.method, r.content_type, r.size, r.content_lost, r.state, r.items, r.response_status,
  r.response_code, r.partition, r.position,
  coalesce((select json_agg(json_build_object(
                     'index', o.item, 'outcome', o.outcome, 'reason', o.reason, 'dealId', o.deal_id,
                     'contactId', o.contact_id, 'matchedBy', o.matched_by, 'warnings', o.warnings) order by o.item)
              from inbound_outcomes o where o.request_id = r.id), '[]'::json) as outcomes
`;

export interface ListFilter {
  workspaceId: string;
  integrationId: string | undefined;
  outcome: string | undefined;
  /** The last id of the page before. */
  before: string | undefined;
  limit: number;
}

/**
 * A page of requests. Each of the four walks one index that is in the order of the page, and has nothing else in its
 * way: inbound_requests' primary key; inbound_requests_of_integration; inbound_outcomes_of_workspace where an outcome is
 * asked for, and inbound_outcomes_of_integration where it is one of an integration.
 *
 * An integration is of one workspace, so where it is given the workspace is left to the join: as one more condition of
 * the walk it could send it along the index of the workspace, past millions of others. What is found of a stranger's
 * integration falls away in the join.
 */
export function requestsListed(filter: ListFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [filter.workspaceId, filter.limit];
  const parameter = (value: unknown) => `$${String(values.push(value))}`;
  const walk =
    filter.outcome === undefined
      ? { table: 'inbound_requests', id: 'f.id', order: 'desc' }
      : { table: 'inbound_outcomes', id: 'f.request_id', order: 'desc nulls last' };
  const conditions = [
    filter.integrationId === undefined
      ? 'f.workspace_id = $1'
      : `f.integration_id = ${parameter(filter.integrationId)}`,
  ];
  if (filter.outcome !== undefined) conditions.push(`f.outcome = ${parameter(filter.outcome)}`);
  if (filter.before !== undefined) conditions.push(`${walk.id} < ${parameter(filter.before)}`);
  // Several items of one request may have the outcome; they lie side by side in the index.
  const text = /* sql */ `
    select ${columns}
      from (select distinct ${walk.id} as id from ${walk.table} f
             where ${conditions.join(' and ')} order by 1 ${walk.order} limit $2) found
      join inbound_requests r on r.workspace_id = $1 and r.id = found.id
     order by r.id desc`;
  return { text, values };
}

export const requestListed = /* sql */ `
  select ${columns} from inbound_requests r where r.workspace_id = $1 and r.id = $2
`;

/**
 * The bytes and what they were mapped to, which stands in the log, or among what is held. Uses the primary keys, and
 * inbound_held_of_request.
 */
export const requestDetail = /* sql */ `
  select r.headers, r.query, r.body, r.delivery_id,
         case when r.state in ('held', 'failed')
              then (select h.data from inbound_held h where h.request_id = r.id)
              else (select l.data from event_log l where l.partition = r.partition and l.position = r.position)
         end as data
    from inbound_requests r where r.workspace_id = $1 and r.id = $2
`;
