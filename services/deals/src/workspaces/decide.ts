import type { Workspace } from '@ponte/contracts';
import type { Catalogue, CatalogueEvent } from '../catalogue/catalogue.js';
import { conflicting, decided, type Decision } from '../refusal.js';

/** Creating what exists already is no mistake if it is the same: the command may be repeated. */
export function createWorkspace(workspace: Workspace, existing: Catalogue | null): Decision<CatalogueEvent> {
  if (!existing) return decided([{ kind: 'WorkspaceCreated', data: workspace }]);
  const { name, timeZone, country, currency } = existing.workspace;
  const same =
    name === workspace.name &&
    timeZone === workspace.timeZone &&
    country === workspace.country &&
    currency === workspace.currency;
  return same ? decided([]) : conflicting('workspace_exists', `There is another workspace ${workspace.id} already.`);
}
