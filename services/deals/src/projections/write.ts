import type { Transaction } from '@ponte/service-kit';
import { entry } from '../catalogue/catalogue.js';
import type { CatalogueCache } from './catalogue-cache.js';
import { workspaceId, type DealId } from '../ids.js';
import type { WorkingSet } from './working-set.js';

/**
 * Writes what the working sets changed: one statement for each kind of catalogue entry, and one for contacts and deals,
 * whatever the number of sets and changes. Nothing waits for their answers. They run in the order in which they are sent:
 * parents come before children, since the database checks what they refer to.
 */
export function writeProjections(sql: Transaction, sets: readonly WorkingSet[], cache: CatalogueCache): void {
  writeCatalogues(sql, sets, cache);
  writeContactsAndDeals(sql, sets);
}

/** In one statement: each one more is a message to Postgres, and an answer that wakes this process. */
function writeContactsAndDeals(sql: Transaction, sets: readonly WorkingSet[]): void {
  const rows = [sets.flatMap(contactRows), sets.flatMap(identityRows), sets.flatMap(dealRows)];
  if (rows.every((some) => some.length === 0)) return;
  sql.send(
    upsertContactsAndDeals,
    rows.map((some) => JSON.stringify(some)),
  );
}

function writeCatalogues(sql: Transaction, sets: readonly WorkingSet[], cache: CatalogueCache): void {
  const changed = sets.filter((set) => set.changes.workspace);
  if (changed.length === 0) return;
  // As they are now: the sets may go on.
  const catalogues = new Map(changed.map((set) => [set.workspaceId, set.catalogue]));
  sql.send<{ id: string; catalogue_version: number }>(
    upsertWorkspaces,
    [JSON.stringify([...catalogues.values()].map(({ workspace }) => workspace))],
    (written) => {
      for (const row of written) {
        const id = workspaceId(row.id);
        const catalogue = catalogues.get(id);
        if (catalogue) cache.put(id, row.catalogue_version, catalogue);
      }
    },
  );
  write(sql, upsertGroups, changed.flatMap(entryRows('groups')));
  write(sql, upsertOrigins, changed.flatMap(entryRows('origins')));
  write(sql, upsertStages, changed.flatMap(entryRows('stages')));
  write(sql, upsertTags, changed.flatMap(entryRows('tags')));
  write(sql, upsertOwners, changed.flatMap(entryRows('owners')));
}

/** One parameter holds all rows as JSON: `json_to_recordset` gives each column its type. */
function write(sql: Transaction, statement: string, rows: readonly object[]): void {
  if (rows.length > 0) sql.send(statement, [JSON.stringify(rows)]);
}

const entryRows = (kind: 'groups' | 'origins' | 'stages' | 'tags' | 'owners') => (set: WorkingSet) =>
  [...set.changes[kind]].map((id) => ({
    workspaceId: set.workspaceId,
    ...entry<object>(set.catalogue[kind], id, kind),
  }));

function contactRows(set: WorkingSet): object[] {
  return [...set.changes.contacts].map((id) => ({ workspaceId: set.workspaceId, ...set.contact(id) }));
}

function identityRows(set: WorkingSet): object[] {
  return set.changes.identities.map(({ identity, contactId }) => ({
    ...identity,
    workspaceId: set.workspaceId,
    contactId,
  }));
}

function dealRows(set: WorkingSet): object[] {
  return [...set.changes.deals].map((id) => ({
    workspaceId: set.workspaceId,
    ...set.deal(id),
    ...creation(set, id),
  }));
}

function creation(set: WorkingSet, id: DealId) {
  const creation = set.creationOf(id);
  switch (creation.kind) {
    case 'at':
      return { createdPosition: creation.position, fromHeadOf: null };
    case 'after_head':
      return { createdPosition: creation.nth, fromHeadOf: creation.partition };
  }
}

const upsertWorkspaces = `
  INSERT INTO workspaces (id, name, time_zone, country, currency, catalogue_version)
  SELECT r.id, r.name, r."timeZone", r.country, r.currency, nextval('catalogue_versions')
    FROM json_to_recordset($1) AS r (id uuid, name text, "timeZone" text, country text, currency text)
  ON CONFLICT (id) DO UPDATE SET
    (name, time_zone, country, currency, catalogue_version) =
    ROW (excluded.name, excluded.time_zone, excluded.country, excluded.currency, excluded.catalogue_version)
  RETURNING id, catalogue_version`;

const upsertGroups = `
  INSERT INTO origin_groups (workspace_id, id, name, archived)
  SELECT r."workspaceId", r.id, r.name, r.archived
    FROM json_to_recordset($1) AS r ("workspaceId" uuid, id uuid, name text, archived boolean)
  ON CONFLICT (workspace_id, id) DO UPDATE SET (name, archived) = ROW (excluded.name, excluded.archived)`;

const upsertOrigins = `
  INSERT INTO origins (workspace_id, id, group_id, name, archived)
  SELECT r."workspaceId", r.id, r."groupId", r.name, r.archived
    FROM json_to_recordset($1) AS r ("workspaceId" uuid, id uuid, "groupId" uuid, name text, archived boolean)
  ON CONFLICT (workspace_id, id) DO UPDATE SET
    (group_id, name, archived) = ROW (excluded.group_id, excluded.name, excluded.archived)`;

const upsertStages = `
  INSERT INTO stages (workspace_id, id, origin_id, name, "order", archived)
  SELECT r."workspaceId", r.id, r."originId", r.name, r."order", r.archived
    FROM json_to_recordset($1)
      AS r ("workspaceId" uuid, id uuid, "originId" uuid, name text, "order" integer, archived boolean)
  ON CONFLICT (workspace_id, id) DO UPDATE SET
    (name, "order", archived) = ROW (excluded.name, excluded."order", excluded.archived)`;

const upsertTags = `
  INSERT INTO tags (workspace_id, id, name, archived)
  SELECT r."workspaceId", r.id, r.name, r.archived
    FROM json_to_recordset($1) AS r ("workspaceId" uuid, id uuid, name text, archived boolean)
  ON CONFLICT (workspace_id, id) DO UPDATE SET (name, archived) = ROW (excluded.name, excluded.archived)`;

const upsertOwners = `
  INSERT INTO owners (workspace_id, id, name, email, archived)
  SELECT r."workspaceId", r.id, r.name, r.email, r.archived
    FROM json_to_recordset($1) AS r ("workspaceId" uuid, id uuid, name text, email text, archived boolean)
  ON CONFLICT (workspace_id, id) DO UPDATE SET
    (name, email, archived) = ROW (excluded.name, excluded.email, excluded.archived)`;

/**
 * What refers to what is checked when all of it is written.
 *
 * Identities come without ON CONFLICT: what another contact owns is never moved, and trying to is a mistake that must
 * show. Positions of deals whose creation is yet to be appended count from where the heads, which the transaction holds,
 * are now; without its head a deal has none, which the column refuses.
 */
const upsertContactsAndDeals = `
  WITH upserted_contacts AS (
    INSERT INTO contacts (workspace_id, id, name, emails, phones, utm, custom_fields, tag_ids, created_at, updated_at)
    SELECT r."workspaceId", r.id, r.name, r.emails, r.phones, r.utm, r."customFields", r."tagIds", r."createdAt",
           r."updatedAt"
      FROM json_to_recordset($1)
        AS r ("workspaceId" uuid, id uuid, name text, emails jsonb, phones jsonb, utm jsonb, "customFields" jsonb,
              "tagIds" uuid[], "createdAt" timestamptz, "updatedAt" timestamptz)
    ON CONFLICT (workspace_id, id) DO UPDATE SET
      (name, emails, phones, utm, custom_fields, tag_ids, updated_at) =
      ROW (excluded.name, excluded.emails, excluded.phones, excluded.utm, excluded.custom_fields, excluded.tag_ids,
           excluded.updated_at)
  ), inserted_identities AS (
    INSERT INTO contact_identities (workspace_id, kind, key, contact_id)
    SELECT r."workspaceId", r.kind, r.key, r."contactId"
      FROM json_to_recordset($2) AS r ("workspaceId" uuid, kind text, key text, "contactId" uuid)
  )
  INSERT INTO deals (workspace_id, id, contact_id, origin_id, stage_id, status, lost_reason, owner_id, title, value,
                     currency, product, external_id, custom_fields, tag_ids, created_at, updated_at, created_position)
  SELECT r."workspaceId", r.id, r."contactId", r."originId", r."stageId", r.status, r."lostReason", r."ownerId", r.title,
         r.value, r.currency, r.product, r."externalId", r."customFields", r."tagIds", r."createdAt", r."updatedAt",
         CASE WHEN r."fromHeadOf" IS NULL THEN r."createdPosition" ELSE h.position + r."createdPosition" END
    FROM json_to_recordset($3)
      AS r ("workspaceId" uuid, id uuid, "contactId" uuid, "originId" uuid, "stageId" uuid, status text,
            "lostReason" text, "ownerId" uuid, title text, value numeric, currency text, product text,
            "externalId" text, "customFields" jsonb, "tagIds" uuid[], "createdAt" timestamptz, "updatedAt" timestamptz,
            "createdPosition" bigint, "fromHeadOf" integer)
    LEFT JOIN event_log_heads h ON h.partition = r."fromHeadOf"
  ON CONFLICT (workspace_id, id) DO UPDATE SET
    (stage_id, status, lost_reason, owner_id, title, value, currency, product, external_id, custom_fields, tag_ids,
     updated_at) =
    ROW (excluded.stage_id, excluded.status, excluded.lost_reason, excluded.owner_id, excluded.title, excluded.value,
         excluded.currency, excluded.product, excluded.external_id, excluded.custom_fields, excluded.tag_ids,
         excluded.updated_at)`;
