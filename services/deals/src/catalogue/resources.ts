import type { Stage } from '@ponte/contracts';
import { entry, stagesOf, type Catalogue } from './catalogue.js';

/** An entry of the catalogue as the API shows it: as it is, without the workspace that the token names anyway. */
export function entryResource<Entry extends { workspaceId?: string }>(entity: Entry): Omit<Entry, 'workspaceId'> {
  const resource = { ...entity };
  delete resource.workspaceId;
  return resource;
}

/** An origin as the API shows it, its stages in their order. */
export interface OriginResource {
  readonly id: string;
  readonly name: string;
  readonly groupId: string;
  readonly archived: boolean;
  readonly stages: readonly Omit<Stage, 'originId'>[];
}

export function originResource(origin: Omit<OriginResource, 'stages'>, stages: readonly Stage[]): OriginResource {
  const { id, name, groupId, archived } = origin;
  const own = stages.filter((stage) => stage.originId === id);
  return { id, name, groupId, archived, stages: own.map(withoutOrigin) };
}

function withoutOrigin({ id, name, order, archived }: Stage): Omit<Stage, 'originId'> {
  return { id, name, order, archived };
}

export function originOf(catalogue: Catalogue, id: string): OriginResource {
  return originResource(entry(catalogue.origins, id, 'origin'), stagesOf(catalogue, id));
}
