import { DealStatus } from '@ponte/contracts';
import type { WorkspaceId } from '../ids.js';

/** Which deals a list is of; what is absent leaves all through. */
export interface DealFilter {
  readonly originId?: string;
  readonly stageId?: string;
  readonly status?: DealStatus;
  readonly contactId?: string;
  readonly ownerId?: string;
}

const EVERY_STATUS: readonly DealStatus[] = DealStatus.anyOf.map(({ const: status }) => status);

/**
 * A page of deals, newest first, from `selected`, which reads deals `d`.
 *
 * A page of each status that is asked for, by one of `deals_of_workspace_by_status`, `deals_of_origin_by_status`,
 * `deals_of_stage_by_status`, `deals_of_owner_by_status`: they have the status before the order, so that none is in the
 * way of another. A contact's deals are few; they are found by `deals_matched`. Several filters at once walk what the
 * index of one of them has and pass over the rest: an owner's deals of one stage are looked for among all of the owner's.
 *
 * @param before the `created_position` of the last one of the page before
 */
export function dealsListed(
  selected: string,
  workspaceId: WorkspaceId,
  filter: DealFilter,
  before: number | null,
  limit: number,
): { readonly text: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [workspaceId, limit];
  const conditions = ['f.workspace_id = $1'];
  const add = (column: string, comparison: string, value: unknown): void => {
    if (value === undefined || value === null) return;
    conditions.push(`f.${column} ${comparison} $${String(values.push(value))}`);
  };
  add('origin_id', '=', filter.originId);
  add('stage_id', '=', filter.stageId);
  add('contact_id', '=', filter.contactId);
  add('owner_id', '=', filter.ownerId);
  add('created_position', '<', before);
  const statuses = filter.status === undefined ? EVERY_STATUS : [filter.status];
  const pages = statuses.map(
    (status) => `
      (SELECT f.id, f.created_position FROM deals f WHERE ${conditions.join(' AND ')} AND f.status = '${status}'
        ORDER BY f.created_position DESC LIMIT $2)`,
  );
  const text = `${selected}
    JOIN (SELECT id FROM (${pages.join(' UNION ALL ')}) page ORDER BY created_position DESC LIMIT $2) found
      ON found.id = d.id
   WHERE d.workspace_id = $1
   ORDER BY d.created_position DESC`;
  return { text, values };
}
