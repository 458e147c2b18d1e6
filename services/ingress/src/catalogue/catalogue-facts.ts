import type { Sql } from '@ponte/service-kit';
import type { CatalogueFacts, IntegrationDraft } from '../integrations/integration-rules.js';

interface FactsRow {
  workspace_known: boolean;
  origin: CatalogueFacts['origin'];
  stage: CatalogueFacts['stage'];
  owner: CatalogueFacts['owner'];
  tags: Record<string, { archived: boolean }> | null;
}

/** All by primary key. */
const factsFor = /* sql */ `
  select exists (select from catalogue_workspaces w where w.id = $1) as workspace_known,
         (select json_build_object('archived', o.archived)
            from catalogue_origins o where o.id = $2 and o.workspace_id = $1) as origin,
         (select json_build_object('originId', s.origin_id, 'archived', s.archived)
            from catalogue_stages s where s.id = $3 and s.workspace_id = $1) as stage,
         (select json_build_object('archived', w.archived)
            from catalogue_owners w where w.id = $4 and w.workspace_id = $1) as owner,
         (select json_object_agg(t.id, json_build_object('archived', t.archived))
            from catalogue_tags t where t.id = any ($5) and t.workspace_id = $1) as tags
`;

/** What the catalogue knows of the ids that a draft names; null where it doesn't know the workspace itself. */
export async function catalogueFacts(
  sql: Sql,
  workspaceId: string,
  draft: Pick<IntegrationDraft, 'originId' | 'settings'>,
): Promise<CatalogueFacts | null> {
  const { stage, owner, tags } = draft.settings;
  const [row] = await sql.query<FactsRow>(factsFor, [
    workspaceId,
    draft.originId,
    stage?.stageId ?? null,
    owner?.ownerId ?? null,
    tags?.tagIds ?? [],
  ]);
  if (row === undefined || !row.workspace_known) return null;
  return { origin: row.origin, stage: row.stage, owner: row.owner, tags: new Map(Object.entries(row.tags ?? {})) };
}
