import type { CatalogueOwner, Label, Origin, OriginGroup, Owner, Stage, Tag, Workspace } from '@ponte/contracts';
import { emailKey, fold } from '@ponte/mapping';

export type CatalogueEvent =
  | { kind: 'WorkspaceCreated'; data: Workspace }
  | { kind: 'OriginGroupCreated'; data: OriginGroup }
  | { kind: 'OriginGroupUpdated'; data: OriginGroup }
  | { kind: 'OriginCreated'; data: Origin }
  | { kind: 'OriginUpdated'; data: Origin }
  | { kind: 'StageCreated'; data: Stage }
  | { kind: 'StageUpdated'; data: Stage }
  | { kind: 'TagCreated'; data: Tag }
  | { kind: 'TagUpdated'; data: Tag }
  | { kind: 'OwnerCreated'; data: CatalogueOwner }
  | { kind: 'OwnerUpdated'; data: CatalogueOwner };

/** Everything of a workspace that deals and contacts refer to. Nothing leaves it: what is archived keeps its label. */
export interface Catalogue {
  readonly workspace: Workspace;
  readonly groups: ReadonlyMap<string, OriginGroup>;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly stages: ReadonlyMap<string, Stage>;
  readonly tags: ReadonlyMap<string, Tag>;
  /** Tag ids by folded label: two tags never share one. */
  readonly tagIds: ReadonlyMap<string, string>;
  readonly owners: ReadonlyMap<string, CatalogueOwner>;
}

export function newCatalogue(workspace: Workspace): Catalogue {
  return {
    workspace,
    groups: new Map(),
    origins: new Map(),
    stages: new Map(),
    tags: new Map(),
    tagIds: new Map(),
    owners: new Map(),
  };
}

/** @throws where the first event is not the workspace's creation: a log that begins otherwise is broken */
export function evolveCatalogue(state: Catalogue | null, event: CatalogueEvent): Catalogue {
  if (event.kind === 'WorkspaceCreated') return newCatalogue(event.data);
  if (!state) throw new Error(`${event.kind} came before WorkspaceCreated`);
  switch (event.kind) {
    case 'OriginGroupCreated':
    case 'OriginGroupUpdated':
      return { ...state, groups: withEntry(state.groups, event.data) };
    case 'OriginCreated':
    case 'OriginUpdated':
      return { ...state, origins: withEntry(state.origins, event.data) };
    case 'StageCreated':
    case 'StageUpdated':
      return { ...state, stages: withEntry(state.stages, event.data) };
    case 'TagCreated':
    case 'TagUpdated':
      return { ...state, tags: withEntry(state.tags, event.data), tagIds: withTagLabel(state, event.data) };
    case 'OwnerCreated':
    case 'OwnerUpdated':
      return { ...state, owners: withEntry(state.owners, event.data) };
  }
}

function withEntry<Entry extends { id: string }>(
  entries: ReadonlyMap<string, Entry>,
  entry: Entry,
): ReadonlyMap<string, Entry> {
  return new Map(entries).set(entry.id, entry);
}

function withTagLabel(state: Catalogue, tag: Tag): ReadonlyMap<string, string> {
  const ids = new Map(state.tagIds);
  const before = state.tags.get(tag.id);
  if (before) ids.delete(fold(before.name));
  return ids.set(fold(tag.name), tag.id);
}

/** An origin's stages in their order, archived ones included. */
export function stagesOf(catalogue: Catalogue, originId: string): Stage[] {
  return [...catalogue.stages.values()]
    .filter((stage) => stage.originId === originId)
    .sort((one, other) => one.order - other.order || (one.id < other.id ? -1 : 1));
}

/** An origin's stages that deals can come to be in, in their order. */
export function openStagesOf(catalogue: Catalogue, originId: string): Stage[] {
  return stagesOf(catalogue, originId).filter((stage) => !stage.archived);
}

/** A stage of an origin by its id, or by its label without regard to case and accents; null where none is meant. */
export function findStage(catalogue: Catalogue, originId: string, idOrLabel: string): Stage | null {
  const stages = openStagesOf(catalogue, originId);
  const id = idOrLabel.trim().toLowerCase();
  const label = fold(idOrLabel);
  return stages.find((stage) => stage.id === id) ?? stages.find((stage) => fold(stage.name) === label) ?? null;
}

export function findOwnerByEmail(catalogue: Catalogue, email: string): CatalogueOwner | null {
  const key = emailKey(email);
  if (key === null) return null;
  for (const owner of catalogue.owners.values()) {
    if (!owner.archived && emailKey(owner.email) === key) return owner;
  }
  return null;
}

export function findTagByLabel(catalogue: Catalogue, label: string): Tag | null {
  const id = catalogue.tagIds.get(fold(label));
  return id === undefined ? null : (catalogue.tags.get(id) ?? null);
}

export const labelOf = (entry: { id: string; name: string }): Label => ({ id: entry.id, name: entry.name });

export const ownerLabel = (owner: CatalogueOwner): Owner => ({ id: owner.id, name: owner.name, email: owner.email });

export function tagLabels(catalogue: Catalogue, tagIds: readonly string[]): Label[] {
  return tagIds.map((id) => labelOf(entry(catalogue.tags, id, 'tag')));
}

/** @throws where a deal or contact refers to what its workspace's catalogue never had: foreign keys forbid it */
export function entry<Entry>(entries: ReadonlyMap<string, Entry>, id: string, noun: string): Entry {
  const found = entries.get(id);
  if (found === undefined) throw new Error(`There is no ${noun} ${id} in the workspace's catalogue`);
  return found;
}
