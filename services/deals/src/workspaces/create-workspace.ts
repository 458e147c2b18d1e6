import type { Workspace } from '@ponte/contracts';
import type { EventLog } from '@ponte/event-log';
import type { Database } from '@ponte/service-kit';
import { workspaceId } from '../ids.js';
import { CatalogueCache } from '../projections/catalogue-cache.js';
import { loadCatalogues } from '../projections/load-catalogues.js';
import { WorkingSet } from '../projections/working-set.js';
import { writeProjections } from '../projections/write.js';
import { recordsOf } from '../records.js';
import type { Decision } from '../refusal.js';
import { createWorkspace } from './decide.js';

/** Appends the workspace's creation and projects it. @returns what was decided */
export async function appendWorkspace(
  workspace: Workspace,
  database: Database,
  log: Pick<EventLog, 'partitionOf' | 'lockHeads' | 'append'>,
): Promise<Decision<unknown>> {
  const id = workspaceId(workspace.id);
  const cache = new CatalogueCache(database);
  return database.transaction(async (sql) => {
    await log.lockHeads(sql, [log.partitionOf(id)]);
    const set = new WorkingSet(id, (await loadCatalogues(sql, [id], cache)).get(id) ?? null);
    const decision = createWorkspace(workspace, set.exists ? set.catalogue : null);
    if (decision.kind === 'refused' || decision.events.length === 0) return decision;
    const time = new Date();
    const cause = { workspaceId: id, id, time, correlationId: id, causationId: null, traceparent: null, hops: 0 };
    await log.append(sql, recordsOf(decision.events, cause));
    set.evolve(decision.events, time.toISOString());
    writeProjections(sql, [set], cache);
    return decision;
  });
}
