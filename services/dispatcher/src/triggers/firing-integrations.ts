import type { Sql } from '@ponte/service-kit';
import type { FiringIntegration } from './build-delivery.js';
import { toldToFilter, type FilterList } from './matches.js';
import type { TriggerEvent } from './trigger-event.js';

type Row = Omit<FiringIntegration, 'discardedPeriods'> & {
  readonly discardedPeriods: readonly { readonly from: string; readonly until: string }[];
};

/**
 * The integrations that may fire for these events, in one query (index outbound_integrations_matching). Those whose
 * filters none of the events passes are left where they are: a workspace may have a thousand, each for a tag of its own.
 *
 * Their rows are locked (shared) until the deliveries are committed: whoever pauses, resumes or deletes one then waits,
 * and finds every delivery that was made under the old state.
 */
export async function findFiringIntegrations(
  sql: Sql,
  events: readonly TriggerEvent[],
): Promise<readonly FiringIntegration[]> {
  const rows = await sql.query<Row>(selectFiring, [JSON.stringify(wantedBy(events))]);
  return rows.map((row) => ({
    ...row,
    discardedPeriods: row.discardedPeriods.map(({ from, until }) => ({ from: new Date(from), until: new Date(until) })),
  }));
}

const LISTS = ['stageIds', 'fromStageIds', 'toStageIds', 'statuses', 'tagIds'] as const satisfies readonly FilterList[];

/** One entry for all events of an origin and trigger, with everything that they say to filters. */
type Wanted = { workspaceId: string; originId: string; trigger: string } & Record<FilterList, string[] | null>;

function wantedBy(events: readonly TriggerEvent[]): Wanted[] {
  const wanted = new Map<string, { event: TriggerEvent; told: Map<FilterList, Set<string>> }>();
  for (const event of events) {
    const key = `${event.workspaceId} ${event.deal.origin.id} ${event.change.kind}`;
    const entry = wanted.get(key) ?? { event, told: new Map<FilterList, Set<string>>() };
    wanted.set(key, entry);
    const told = toldToFilter(event);
    for (const list of LISTS) {
      const values = told[list];
      if (values === null) continue;
      const all = entry.told.get(list) ?? new Set<string>();
      entry.told.set(list, all);
      for (const value of values) all.add(value);
    }
  }
  return [...wanted.values()].map(({ event, told }) => {
    const said = (list: FilterList): string[] | null => {
      const values = told.get(list);
      return values === undefined ? null : [...values];
    };
    return {
      ...{ workspaceId: event.workspaceId, originId: event.deal.origin.id, trigger: event.change.kind },
      ...{ stageIds: said('stageIds'), fromStageIds: said('fromStageIds'), toStageIds: said('toStageIds') },
      ...{ statuses: said('statuses'), tagIds: said('tagIds') },
    };
  });
}

/** As `matches` has it, for all events of an entry at once. */
const mayPass = LISTS.map(
  (list) => `(i.filter -> '${list}' IS NULL OR w."${list}" IS NULL OR i.filter -> '${list}' ?| w."${list}")`,
).join(' AND ');

const selectFiring = `
  SELECT i.id, i.workspace_id AS "workspaceId", i.trigger, i.origin_id AS "originId", i.filter, i.status, i.method,
         i.url, i.mapping, i.switched_on_at AS "switchedOnAt", i.discarded_periods AS "discardedPeriods"
    FROM json_to_recordset($1) AS w (
           "workspaceId" uuid, "originId" uuid, trigger text, ${LISTS.map((list) => `"${list}" text[]`).join(', ')})
    JOIN outbound_integrations i
      ON i.workspace_id = w."workspaceId" AND i.origin_id = w."originId" AND i.trigger = w.trigger
   WHERE i.deleted_at IS NULL AND ${mayPass}
   ORDER BY i.id
     FOR SHARE OF i`;
