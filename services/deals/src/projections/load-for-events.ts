import type { Sql } from '@ponte/service-kit';
import { contactIdOf } from '../contacts/contact.js';
import { dealIdOf } from '../deals/deal.js';
import { aggregateOf, type DomainEvent } from '../events.js';
import type { ContactId, DealId, WorkspaceId } from '../ids.js';
import { grouped } from './by-workspace.js';
import type { CatalogueCache } from './catalogue-cache.js';
import { loadCatalogues } from './load-catalogues.js';
import { contactColumns, contactOfRow, dealColumns, loadedDealOfRow, type ContactRow, type DealRow } from './rows.js';
import { WorkingSet } from './working-set.js';

/** An event of the log of deals, and whose it is. */
export interface Told {
  readonly workspaceId: WorkspaceId;
  readonly event: DomainEvent;
}

/** By the primary key; the limit makes it look-ups whatever the statistics say. */
const selectContacts = `
  SELECT ${contactColumns}
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
   CROSS JOIN LATERAL (
     SELECT * FROM contacts WHERE workspace_id = given.workspace_id AND id = given.id LIMIT 1) AS c`;

const selectDeals = `
  SELECT ${dealColumns}
    FROM unnest($1::uuid[], $2::uuid[]) AS given (workspace_id, id)
   CROSS JOIN LATERAL (
     SELECT * FROM deals WHERE workspace_id = given.workspace_id AND id = given.id LIMIT 1) AS d
   ORDER BY d.created_position`;

/**
 * The state that events change, as it was before the first of them, in three queries whatever their number. What they
 * create themselves is not looked for.
 *
 * @param told in the order of the log
 */
export async function loadForEvents(
  sql: Sql,
  told: readonly Told[],
  cache: CatalogueCache,
): Promise<ReadonlyMap<WorkspaceId, WorkingSet>> {
  const workspaceIds = [...new Set(told.map((one) => one.workspaceId))];
  const { contacts, deals } = changedBy(told);
  const [catalogues, contactRows, dealRows] = await Promise.all([
    loadCatalogues(sql, workspaceIds, cache),
    contacts.size === 0 ? [] : sql.query<ContactRow>(selectContacts, pairs(contacts)),
    deals.size === 0 ? [] : sql.query<DealRow>(selectDeals, pairs(deals)),
  ]);
  const loadedContacts = grouped(contactRows, contactOfRow);
  const loadedDeals = grouped(dealRows, loadedDealOfRow);
  return new Map(
    workspaceIds.map((id) => {
      const set = new WorkingSet(id, catalogues.get(id) ?? null);
      set.load(loadedContacts.get(id) ?? [], loadedDeals.get(id) ?? []);
      return [id, set];
    }),
  );
}

interface Changed {
  readonly contacts: Map<ContactId, WorkspaceId>;
  readonly deals: Map<DealId, WorkspaceId>;
}

/** The contacts and deals that events change and that were there before. */
function changedBy(told: readonly Told[]): Changed {
  const changed: Changed = { contacts: new Map(), deals: new Map() };
  const born = new Set<string>();
  for (const { workspaceId, event } of told) {
    const part = aggregateOf(event);
    if (part.aggregate === 'contact') {
      const id = contactIdOf(part.event);
      if (event.kind === 'ContactCreated') born.add(id);
      else if (!born.has(id)) changed.contacts.set(id, workspaceId);
    } else if (part.aggregate === 'deal') {
      const id = dealIdOf(part.event);
      if (event.kind === 'DealCreated') born.add(id);
      else if (!born.has(id)) changed.deals.set(id, workspaceId);
    }
  }
  return changed;
}

/** Workspaces and ids, as two parameters of a statement. */
function pairs(ids: ReadonlyMap<string, WorkspaceId>): [readonly WorkspaceId[], readonly string[]] {
  return [[...ids.values()], [...ids.keys()]];
}
