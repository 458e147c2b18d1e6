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
 * A page of requests. Walks inbound_requests' primary key, inbound_requests_of_integration where an integration is
 * asked for, or inbound_outcomes_list where an outcome is; each is in the order of the page.
 */
export function requestsListed(filter: ListFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [filter.workspaceId, filter.limit];
  const parameter = (value: unknown) => `$${String(values.push(value))}`;
  if (filter.outcome !== undefined) {
    const conditions = ['o.workspace_id = $1', `o.outcome = ${parameter(filter.outcome)}`];
    if (filter.before !== undefined) conditions.push(`o.request_id < ${parameter(filter.before)}`);
    if (filter.integrationId !== undefined) conditions.push(`o.integration_id = ${parameter(filter.integrationId)}`);
    // Several items of one request may have the outcome; they lie side by side in the index.
    const text = /* sql */ `
      select ${columns}
        from (select distinct o.request_id from inbound_outcomes o
               where ${conditions.join(' and ')} order by o.request_id desc limit $2) found
        join inbound_requests r on r.workspace_id = $1 and r.id = found.request_id
       order by r.id desc`;
    return { text, values };
  }
  const conditions = ['r.workspace_id = $1'];
  if (filter.before !== undefined) conditions.push(`r.id < ${parameter(filter.before)}`);
  if (filter.integrationId !== undefined) conditions.push(`r.integration_id = ${parameter(filter.integrationId)}`);
  const text = /* sql */ `
    select ${columns} from inbound_requests r where ${conditions.join(' and ')} order by r.id desc limit $2`;
  return { text, values };
}

export const requestListed = /* sql */ `
  select ${columns} from inbound_requests r where r.workspace_id = $1 and r.id = $2
`;

/**
 * The bytes and what they were mapped to, which stands in the log, or among what is held. Uses the primary keys; what is
 * held is looked for in its integration alone, and what failed by inbound_held_failed.
 */
export const requestDetail = /* sql */ `
  select r.headers, r.query, r.body, r.delivery_id,
         case r.state
              when 'held'
              then (select h.data from inbound_held h
                     where h.partition = r.partition and h.integration_id = r.integration_id and h.request_id = r.id)
              when 'failed'
              then (select h.data from inbound_held h where h.request_id = r.id and h.reason = 'failed')
              else (select l.data from event_log l where l.partition = r.partition and l.position = r.position)
         end as data
    from inbound_requests r where r.workspace_id = $1 and r.id = $2
`;
