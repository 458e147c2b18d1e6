import type { Sql } from '@ponte/service-kit';
import { identitiesOf, identityText, type Contact, type Identity } from '../contacts/contact.js';
import type { WorkspaceId } from '../ids.js';
import { grouped, type ByWorkspace } from './by-workspace.js';
import type { CatalogueCache } from './catalogue-cache.js';
import { loadCatalogues } from './load-catalogues.js';
import {
  contactColumns,
  contactOfRow,
  dealColumns,
  loadedDealOfRow,
  type ContactRow,
  type DealRow,
  type LoadedDeal,
} from './rows.js';
import { dealsSought, type DealsPlace, type Sought } from './sought-deals.js';
import { WorkingSet } from './working-set.js';

/**
 * By the primary keys of `contact_identities` and `contacts`. The limits make it look-ups whatever the statistics say: a
 * join may be planned as a scan of all identities.
 */
const selectContacts = `
  SELECT ${contactColumns}
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS given (workspace_id, kind, key)
   CROSS JOIN LATERAL (
     SELECT contact_id FROM contact_identities
      WHERE workspace_id = given.workspace_id AND kind = given.kind AND key = given.key LIMIT 1) AS i
   CROSS JOIN LATERAL (
     SELECT * FROM contacts WHERE workspace_id = given.workspace_id AND id = i.contact_id LIMIT 1) AS c`;

/**
 * Of each contact in each origin those deals that the records of one batch can match: as many open ones as there are
 * items for them, since each may close one, and the last won and lost one.
 *
 * By `deals_matched`, whatever the statistics say: the contact is given as a range so that it counts for the order,
 * which no other index has. With an equality the indexes of the lists look as cheap while a new table has no statistics,
 * and then each look-up walks through an origin's deals.
 */
const selectDeals = `
  SELECT ${dealColumns}
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[]) AS given (workspace_id, contact_id, origin_id, items)
   CROSS JOIN unnest(ARRAY['OPEN', 'WON', 'LOST'], ARRAY[given.items, 1, 1]) AS wanted (status, most)
   CROSS JOIN LATERAL (
     SELECT * FROM deals
      WHERE workspace_id = given.workspace_id AND contact_id BETWEEN given.contact_id AND given.contact_id
        AND origin_id = given.origin_id AND status = wanted.status
      ORDER BY contact_id, created_position DESC LIMIT wanted.most) AS d
   ORDER BY d.created_position`;

/**
 * What is known of whom the records may mean, in three queries whatever their number.
 *
 * @param sql a transaction that holds the heads of the workspaces' partitions
 */
export async function loadForInbound(
  sql: Sql,
  sought: readonly Sought[],
  cache: CatalogueCache,
): Promise<ReadonlyMap<WorkspaceId, WorkingSet>> {
  const workspaceIds = [...new Set(sought.map((one) => one.workspaceId))];
  const [catalogues, contacts] = await Promise.all([
    loadCatalogues(sql, workspaceIds, cache),
    loadContacts(sql, sought),
  ]);
  const deals = await loadDeals(sql, dealsSought(sought, contacts));
  return new Map(
    workspaceIds.map((id) => {
      const set = new WorkingSet(id, catalogues.get(id) ?? null);
      set.load(contacts.get(id) ?? [], deals.get(id) ?? []);
      return [id, set];
    }),
  );
}

async function loadContacts(sql: Sql, sought: readonly Sought[]): Promise<ByWorkspace<Contact>> {
  const wanted = new Map<string, { workspaceId: WorkspaceId; identity: Identity }>();
  for (const { workspaceId, inbound } of sought) {
    for (const identity of inbound.person.items.flatMap(identitiesOf)) {
      wanted.set(`${workspaceId} ${identityText(identity)}`, { workspaceId, identity });
    }
  }
  if (wanted.size === 0) return new Map();
  const list = [...wanted.values()];
  const rows = await sql.query<ContactRow>(selectContacts, [
    list.map((one) => one.workspaceId),
    list.map((one) => one.identity.kind),
    list.map((one) => one.identity.key),
  ]);
  return grouped(rows, contactOfRow);
}

async function loadDeals(sql: Sql, places: readonly DealsPlace[]): Promise<ByWorkspace<LoadedDeal>> {
  if (places.length === 0) return new Map();
  const rows = await sql.query<DealRow>(selectDeals, [
    places.map((place) => place.workspaceId),
    places.map((place) => place.contactId),
    places.map((place) => place.originId),
    places.map((place) => place.items),
  ]);
  return grouped(rows, loadedDealOfRow);
}
