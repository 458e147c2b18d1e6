import type { Sql } from '@ponte/service-kit';
import { stagesOf, type CatalogueFacts } from '../integrations/integration-rules.js';
import type { IntegrationDraft } from '../integrations/outbound-integration.entity.js';

interface EntryRow {
  readonly kind: 'origin' | 'stage' | 'tag';
  readonly id: string;
  readonly parentId: string | null;
}

/** What is known of the ids that a draft names, in one query by primary key. Archived entries count: deals may still be there. */
export async function catalogueFacts(sql: Sql, workspaceId: string, draft: IntegrationDraft): Promise<CatalogueFacts> {
  const rows = await sql.query<EntryRow>(selectEntries, [
    workspaceId,
    [draft.originId, ...stagesOf(draft), ...(draft.filter.tagIds ?? [])],
  ]);
  const stages = rows.flatMap(({ kind, id, parentId }) =>
    kind === 'stage' && parentId !== null ? [[id, { originId: parentId }] as const] : [],
  );
  return {
    originKnown: rows.some((row) => row.kind === 'origin' && row.id === draft.originId),
    stages: new Map(stages),
    tags: new Set(rows.filter((row) => row.kind === 'tag').map((row) => row.id)),
  };
}

const selectEntries = `
  SELECT kind, id, parent_id AS "parentId" FROM catalogue_entries
   WHERE workspace_id = $1 AND kind IN ('origin', 'stage', 'tag') AND id = ANY ($2::uuid[])`;
