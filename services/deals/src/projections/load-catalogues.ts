import type { CatalogueOwner, Origin, OriginGroup, Stage, Tag } from '@ponte/contracts';
import { fold } from '@ponte/mapping';
import type { Sql } from '@ponte/service-kit';
import type { Catalogue } from '../catalogue/catalogue.js';
import { workspaceId, type WorkspaceId } from '../ids.js';
import type { CatalogueCache } from './catalogue-cache.js';

interface CatalogueRow {
  readonly id: string;
  readonly name: string;
  readonly time_zone: string;
  readonly country: string;
  readonly currency: string;
  readonly catalogue_version: number;
  /** Null where the version is the one that is cached. */
  readonly entries: {
    readonly groups: readonly OriginGroup[];
    readonly origins: readonly Origin[];
    readonly stages: readonly Stage[];
    readonly tags: readonly Tag[];
    readonly owners: readonly CatalogueOwner[];
  } | null;
}

/**
 * Each subquery reads the primary key's range of one workspace, and only where the cached version is another.
 *
 * The arrays come out of subqueries so that Postgres, which would look into parameters, takes them for as long whenever it
 * plans. Else a plan for a few workspaces looks better than the one for any number, and it plans anew each time, which
 * takes several times as long as the reading does.
 */
const selectCatalogues = `
  SELECT w.id, w.name, w.time_zone, w.country, w.currency, w.catalogue_version,
         CASE WHEN w.catalogue_version IS DISTINCT FROM given.version THEN json_build_object(
           'groups', (SELECT coalesce(json_agg(json_build_object(
              'id', g.id, 'name', g.name, 'archived', g.archived)), '[]')
              FROM origin_groups g WHERE g.workspace_id = w.id),
           'origins', (SELECT coalesce(json_agg(json_build_object(
              'id', o.id, 'groupId', o.group_id, 'name', o.name, 'archived', o.archived)), '[]')
              FROM origins o WHERE o.workspace_id = w.id),
           'stages', (SELECT coalesce(json_agg(json_build_object(
              'id', s.id, 'originId', s.origin_id, 'name', s.name, 'order', s."order", 'archived', s.archived)), '[]')
              FROM stages s WHERE s.workspace_id = w.id),
           'tags', (SELECT coalesce(json_agg(json_build_object(
              'id', t.id, 'name', t.name, 'archived', t.archived)), '[]')
              FROM tags t WHERE t.workspace_id = w.id),
           'owners', (SELECT coalesce(json_agg(json_build_object(
              'id', n.id, 'name', n.name, 'email', n.email, 'archived', n.archived)), '[]')
              FROM owners n WHERE n.workspace_id = w.id)
         ) END AS entries
    FROM unnest((SELECT $1::uuid[]), (SELECT $2::bigint[])) AS given (id, version)
    JOIN workspaces w ON w.id = given.id`;

/**
 * The catalogues of workspaces, in one query; a workspace that doesn't exist has none.
 *
 * @param sql a transaction that holds the heads of the workspaces' partitions: their catalogues can't change meanwhile
 */
export async function loadCatalogues(
  sql: Sql,
  workspaceIds: readonly WorkspaceId[],
  cache: CatalogueCache,
): Promise<ReadonlyMap<WorkspaceId, Catalogue>> {
  // Held from here on: others may push them out of the cache while the query runs.
  const held = new Map(workspaceIds.map((id) => [id, cache.get(id)]));
  const versions = workspaceIds.map((id) => held.get(id)?.version ?? null);
  const rows = await sql.query<CatalogueRow>(selectCatalogues, [workspaceIds, versions]);
  const catalogues = new Map<WorkspaceId, Catalogue>();
  for (const row of rows) {
    const id = workspaceId(row.id);
    const read = catalogueOfRow(row);
    if (read) cache.put(id, row.catalogue_version, read);
    const catalogue = read ?? held.get(id)?.catalogue;
    if (catalogue) catalogues.set(id, catalogue);
  }
  return catalogues;
}

function catalogueOfRow({ entries, ...row }: CatalogueRow): Catalogue | null {
  if (!entries) return null;
  const { id, name, time_zone: timeZone, country, currency } = row;
  return {
    workspace: { id, name, timeZone, country, currency },
    groups: byId(entries.groups),
    origins: byId(entries.origins),
    stages: byId(entries.stages),
    tags: byId(entries.tags),
    tagIds: new Map(entries.tags.map((tag) => [fold(tag.name), tag.id])),
    owners: byId(entries.owners),
  };
}

function byId<Entry extends { id: string }>(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}
