import type { ShownStatus } from './deliveries.query.js';

/** Which deliveries a list is of; what is absent leaves all through. */
export interface DeliveryFilter {
  readonly integrationId: string | undefined;
  readonly dealId: string | undefined;
  readonly status: ShownStatus | undefined;
}

/** What stands in `deliveries.status`. */
type Stored = 'pending' | 'succeeded' | 'failed' | 'discarded';

/** Of a delivery `d` and its integration `i`. */
const statusConditions: Readonly<Record<ShownStatus, string>> = {
  pending: `d.status = 'pending' AND i.status = 'active'`,
  held: `d.status = 'pending' AND i.status = 'paused'`,
  succeeded: `d.status = 'succeeded'`,
  failed: `d.status = 'failed'`,
  discarded: `d.status = 'discarded'`,
};

/**
 * A page of deliveries, newest first, from `selected`, which reads deliveries `d` and their integrations `i`.
 *
 * Whatever is asked for, an index is walked that is in the order of the page and has nothing else in its way:
 * deliveries_of_workspace_by_status, deliveries_of_integration_by_status, or deliveries_of_deal, which are few. What is of
 * an integration or a deal is of one workspace, so there the workspace is left to the rows that were found: as one more
 * condition of the walk it could send it along the index of the workspace.
 *
 * @param before the `seq` of the last one of the page before
 */
export function deliveriesListed(
  selected: string,
  workspaceId: string,
  filter: DeliveryFilter,
  before: number | null,
  limit: number,
): { readonly text: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [workspaceId, limit];
  const parameter = (value: unknown): string => `$${String(values.push(value))}`;
  const older = before === null ? '' : ` AND d.seq < ${parameter(before)}`;
  const found = foundOf(filter, parameter, older);
  const shown = filter.status === undefined ? '' : ` AND ${statusConditions[filter.status]}`;
  const text = `${selected}
    JOIN (${found}) found ON found.id = d.id
   WHERE d.workspace_id = $1${shown}
   ORDER BY d.seq DESC`;
  return { text, values };
}

function foundOf(filter: DeliveryFilter, parameter: (value: unknown) => string, older: string): string {
  const { integrationId, dealId, status } = filter;
  const ofIntegration = integrationId === undefined ? null : `d.integration_id = ${parameter(integrationId)}`;
  if (dealId !== undefined) {
    const conditions = [ofIntegration, status === undefined ? null : statusConditions[status]].filter(
      (one) => one !== null,
    );
    return ofDeal(parameter(dealId), conditions, older);
  }
  const place = ofIntegration ?? 'd.workspace_id = $1';
  if (status === undefined) return ofAnyStatus(place, older);
  if (status !== 'pending' && status !== 'held') return page(place, status, older);
  return ofIntegration === null ? waiting(status, older) : page(place, 'pending', older);
}

const page = (place: string, status: Stored, bounds: string): string => `
  SELECT d.id, d.seq FROM deliveries d WHERE ${place} AND d.status = '${status}'${bounds} ORDER BY d.seq DESC LIMIT $2`;

/** The deal is given as a range so that it counts for the order, which no other index has. */
const ofDeal = (deal: string, conditions: readonly string[], older: string): string => `
  SELECT d.id FROM deliveries d JOIN outbound_integrations i ON i.id = d.integration_id
   WHERE ${[`d.deal_id BETWEEN ${deal} AND ${deal}`, ...conditions].join(' AND ')}${older}
   ORDER BY d.deal_id DESC, d.seq DESC LIMIT $2`;

/**
 * The others only as far back as a full page of those that succeeded goes: almost all did, and where they waited before,
 * their index entries may be left until the next vacuum.
 */
const ofAnyStatus = (place: string, older: string): string => {
  const since = ` AND d.seq > (SELECT CASE WHEN count(*) < $2 THEN 0 ELSE min(seq) END FROM succeeded)`;
  const others = (['pending', 'failed', 'discarded'] as const).map((status) => page(place, status, older + since));
  return `
  WITH succeeded AS MATERIALIZED (${page(place, 'succeeded', older)})
  SELECT id FROM (${['SELECT * FROM succeeded', ...others].map((one) => `(${one})`).join(' UNION ALL ')}) d
   ORDER BY d.seq DESC LIMIT $2`;
};

/** A page of each integration that is active, or paused: many may be held beside the few that are asked for. */
const waiting = (status: 'pending' | 'held', older: string): string => `
  SELECT d.id FROM outbound_integrations i CROSS JOIN LATERAL (${page('d.integration_id = i.id', 'pending', older)}) d
   WHERE i.workspace_id = $1 AND i.status = '${status === 'held' ? 'paused' : 'active'}'
   ORDER BY d.seq DESC LIMIT $2`;
