import type { Sql } from '@ponte/service-kit';
import type { Contact } from '../contacts/contact.js';
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
import { searchesOf, type Searches, type Sought } from './searches.js';
import { WorkingSet } from './working-set.js';

/** Who owns what is sought, by the primary key of `contact_identities`. */
const owner = `
   CROSS JOIN LATERAL (
     SELECT contact_id FROM contact_identities
      WHERE workspace_id = given.workspace_id AND kind = given.kind AND key = given.key LIMIT 1) AS i`;

/**
 * By the primary keys of `contact_identities` and `contacts`. The limits make it look-ups whatever the statistics say: a
 * join may be planned as a scan of all identities. (That arrays come out of subqueries: see `selectCatalogues`.)
 */
const selectContacts = `
  SELECT ${contactColumns}
    FROM unnest((SELECT $1::uuid[]), (SELECT $2::text[]), (SELECT $3::text[])) AS given (workspace_id, kind, key)
   ${owner}
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
  WITH found AS (
    SELECT DISTINCT given.workspace_id, i.contact_id, given."group"
      FROM unnest((SELECT $1::uuid[]), (SELECT $2::text[]), (SELECT $3::text[]), (SELECT $4::integer[]))
        AS given (workspace_id, kind, key, "group")
     ${owner}
  ), places AS (
    SELECT f.workspace_id, f.contact_id, p.origin_id, sum(p.items)::bigint AS items
      FROM found f
      JOIN unnest((SELECT $5::integer[]), (SELECT $6::uuid[]), (SELECT $7::integer[])) AS p ("group", origin_id, items)
        USING ("group")
     GROUP BY f.workspace_id, f.contact_id, p.origin_id
  )
  SELECT ${dealColumns}
    FROM places
   CROSS JOIN unnest(ARRAY['OPEN', 'WON', 'LOST'], ARRAY[places.items, 1, 1]) AS wanted (status, most)
   CROSS JOIN LATERAL (
     SELECT * FROM deals
      WHERE workspace_id = places.workspace_id AND contact_id BETWEEN places.contact_id AND places.contact_id
        AND origin_id = places.origin_id AND status = wanted.status
      ORDER BY contact_id, created_position DESC LIMIT wanted.most) AS d
   ORDER BY d.created_position`;

/**
 * What is known of whom the records may mean, in three queries whatever their number, which are asked at once.
 *
 * @param sql a transaction that holds the heads of the workspaces' partitions
 */
export async function loadForInbound(
  sql: Sql,
  sought: readonly Sought[],
  cache: CatalogueCache,
): Promise<ReadonlyMap<WorkspaceId, WorkingSet>> {
  const workspaceIds = [...new Set(sought.map((one) => one.workspaceId))];
  const searches = searchesOf(sought);
  const [catalogues, contacts, deals] = await Promise.all([
    loadCatalogues(sql, workspaceIds, cache),
    loadContacts(sql, searches),
    loadDeals(sql, searches),
  ]);
  return new Map(
    workspaceIds.map((id) => {
      const set = new WorkingSet(id, catalogues.get(id) ?? null);
      set.load(contacts.get(id) ?? [], deals.get(id) ?? []);
      return [id, set];
    }),
  );
}

async function loadContacts(sql: Sql, { identities }: Searches): Promise<ByWorkspace<Contact>> {
  if (identities.length === 0) return new Map();
  const rows = await sql.query<ContactRow>(selectContacts, identityArrays(identities));
  return grouped(rows, contactOfRow);
}

async function loadDeals(sql: Sql, { identities, places }: Searches): Promise<ByWorkspace<LoadedDeal>> {
  if (places.length === 0) return new Map();
  const rows = await sql.query<DealRow>(selectDeals, [
    ...identityArrays(identities),
    identities.map((one) => one.group),
    places.map((place) => place.group),
    places.map((place) => place.originId),
    places.map((place) => place.items),
  ]);
  return grouped(rows, loadedDealOfRow);
}

function identityArrays(identities: Searches['identities']): [string[], string[], string[]] {
  return [
    identities.map((one) => one.workspaceId),
    identities.map((one) => one.kind),
    identities.map((one) => one.key),
  ];
}
