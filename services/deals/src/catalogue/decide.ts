import type { CatalogueOwner, Origin, OriginGroup, Stage, Tag } from '@ponte/contracts';
import { fold } from '@ponte/mapping';
import { conflicting, decided, notThere, wrongField, type Decision } from '../refusal.js';
import {
  findOwnerByEmail,
  findTagByLabel,
  openStagesOf,
  stagesOf,
  type Catalogue,
  type CatalogueEvent,
} from './catalogue.js';

/** Commands on a workspace's catalogue; ids of what is created are given. What is undefined stays as it is. */
export type CatalogueCommand =
  | { readonly kind: 'CreateOriginGroup'; readonly id: string; readonly name: string }
  | { readonly kind: 'UpdateOriginGroup'; readonly id: string; readonly change: Change }
  | {
      readonly kind: 'CreateOrigin';
      readonly id: string;
      readonly groupId: string;
      readonly name: string;
      /** In their order, at least one. */
      readonly stages: readonly { readonly id: string; readonly name: string }[];
    }
  | { readonly kind: 'UpdateOrigin'; readonly id: string; readonly change: Change & { groupId?: string | undefined } }
  | {
      readonly kind: 'CreateStage';
      readonly id: string;
      readonly originId: string;
      readonly name: string;
      /** Where among the origin's stages, from 0; the others make room. Default: behind the last. */
      readonly order?: number | undefined;
    }
  | { readonly kind: 'UpdateStage'; readonly id: string; readonly change: Change & { order?: number | undefined } }
  | { readonly kind: 'CreateTag'; readonly id: string; readonly name: string }
  | { readonly kind: 'UpdateTag'; readonly id: string; readonly change: Change }
  | { readonly kind: 'CreateOwner'; readonly id: string; readonly name: string; readonly email: string }
  | { readonly kind: 'UpdateOwner'; readonly id: string; readonly change: Change & { email?: string | undefined } };

export interface Change {
  readonly name?: string | undefined;
  readonly archived?: boolean | undefined;
}

export function decideCatalogue(command: CatalogueCommand, state: Catalogue): Decision<CatalogueEvent> {
  switch (command.kind) {
    case 'CreateOriginGroup':
      return decided([{ kind: 'OriginGroupCreated', data: { id: command.id, name: command.name, archived: false } }]);
    case 'UpdateOriginGroup':
      return updateGroup(state, command);
    case 'CreateOrigin':
      return createOrigin(state, command);
    case 'UpdateOrigin':
      return updateOrigin(state, command);
    case 'CreateStage':
      return createStage(state, command);
    case 'UpdateStage':
      return updateStage(state, command);
    case 'CreateTag':
    case 'UpdateTag':
      return decideTag(state, command);
    case 'CreateOwner':
    case 'UpdateOwner':
      return decideOwner(state, command);
  }
}

type Of<Kind extends CatalogueCommand['kind']> = Extract<CatalogueCommand, { kind: Kind }>;

/** Whether a change changes anything: one to what already is so makes no event. */
function differs<Entry extends object>(before: Entry, after: Entry): boolean {
  const known = new Map<string, unknown>(Object.entries(before));
  return Object.entries(after).some(([key, value]) => known.get(key) !== value);
}

/** An entry with the defined members of a change. */
function changed<Entry extends object>(
  before: Entry,
  change: { readonly [Key in keyof Entry]?: Entry[Key] | undefined },
) {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(given) };
}

function updateGroup(state: Catalogue, { id, change }: Of<'UpdateOriginGroup'>): Decision<CatalogueEvent> {
  const before = state.groups.get(id);
  if (!before) return notThere('origin group');
  const data: OriginGroup = changed(before, change);
  return decided(differs(before, data) ? [{ kind: 'OriginGroupUpdated', data }] : []);
}

function usableGroup(state: Catalogue, groupId: string): boolean {
  return state.groups.get(groupId)?.archived === false;
}

const noGroup = () => wrongField('groupId', 'There is no such origin group, or it is archived.');

function createOrigin(state: Catalogue, command: Of<'CreateOrigin'>): Decision<CatalogueEvent> {
  const { id, groupId, name, stages } = command;
  if (!usableGroup(state, groupId)) return noGroup();
  if (stages.length === 0) return wrongField('stages', 'An origin needs at least one stage.');
  const labels = new Set(stages.map((stage) => fold(stage.name)));
  if (labels.size < stages.length) return wrongField('stages', 'Two stages have the same name.');
  return decided([
    { kind: 'OriginCreated', data: { id, groupId, name, archived: false } },
    ...stages.map((stage, order): CatalogueEvent => ({
      kind: 'StageCreated',
      data: { id: stage.id, originId: id, name: stage.name, order, archived: false },
    })),
  ]);
}

function updateOrigin(state: Catalogue, { id, change }: Of<'UpdateOrigin'>): Decision<CatalogueEvent> {
  const before = state.origins.get(id);
  if (!before) return notThere('origin');
  const data: Origin = changed(before, change);
  if (data.groupId !== before.groupId && !usableGroup(state, data.groupId)) return noGroup();
  return decided(differs(before, data) ? [{ kind: 'OriginUpdated', data }] : []);
}

function createStage(state: Catalogue, command: Of<'CreateStage'>): Decision<CatalogueEvent> {
  const { id, originId, name, order } = command;
  if (!state.origins.has(originId)) return notThere('origin');
  if (isStageLabelTaken(state, originId, id, name)) return stageExists();
  const others = stagesOf(state, originId);
  const created: Stage = { id, originId, name, order: others.length, archived: false };
  const [place, ...moved] = arrange(others, created, order ?? others.length);
  return decided([
    { kind: 'StageCreated', data: place ?? created },
    ...moved.map((data): CatalogueEvent => ({ kind: 'StageUpdated', data })),
  ]);
}

function updateStage(state: Catalogue, { id, change }: Of<'UpdateStage'>): Decision<CatalogueEvent> {
  const before = state.stages.get(id);
  if (!before) return notThere('stage');
  const { order, ...rest } = change;
  const after: Stage = changed(before, rest);
  if (!after.archived && isStageLabelTaken(state, before.originId, id, after.name)) return stageExists();
  const open = openStagesOf(state, before.originId);
  if (after.archived && open.every((stage) => stage.id === id)) {
    return conflicting('last_stage', 'An origin needs a stage for its new deals: this is its last one.');
  }
  const others = stagesOf(state, before.originId).filter((stage) => stage.id !== id);
  const stages = arrange(others, after, order ?? before.order);
  const updated = stages.filter((stage) => differs(state.stages.get(stage.id) ?? {}, stage));
  return decided(updated.map((data) => ({ kind: 'StageUpdated', data })));
}

/**
 * Puts a stage at its place among the others, in their order.
 *
 * @returns the stage, then those of the others whose order is another one now
 */
function arrange(others: readonly Stage[], stage: Stage, order: number): Stage[] {
  const place = Math.min(order, others.length);
  const inOrder = [...others.slice(0, place), stage, ...others.slice(place)];
  const numbered = inOrder.map((one, index) => (one.order === index ? one : { ...one, order: index }));
  const own = numbered.filter((one) => one.id === stage.id);
  return [...own, ...numbered.filter((one) => one.id !== stage.id && !others.includes(one))];
}

function isStageLabelTaken(state: Catalogue, originId: string, id: string, name: string): boolean {
  return openStagesOf(state, originId).some((stage) => stage.id !== id && fold(stage.name) === fold(name));
}

const stageExists = () => conflicting('stage_exists', 'The origin has a stage of that name.');

function decideTag(state: Catalogue, command: Of<'CreateTag'> | Of<'UpdateTag'>): Decision<CatalogueEvent> {
  if (command.kind === 'CreateTag') {
    const { id, name } = command;
    if (isTagLabelTaken(state, id, name)) return tagExists();
    return decided([{ kind: 'TagCreated', data: { id, name, archived: false } }]);
  }
  const before = state.tags.get(command.id);
  if (!before) return notThere('tag');
  const data: Tag = changed(before, command.change);
  if (isTagLabelTaken(state, data.id, data.name)) return tagExists();
  return decided(differs(before, data) ? [{ kind: 'TagUpdated', data }] : []);
}

/** Payloads name tags by label, so an archived one keeps its own: the label still means that tag. */
function isTagLabelTaken(state: Catalogue, id: string, name: string): boolean {
  const tag = findTagByLabel(state, name);
  return tag !== null && tag.id !== id;
}

const tagExists = () => conflicting('tag_exists', 'The workspace has a tag of that name.');

function decideOwner(state: Catalogue, command: Of<'CreateOwner'> | Of<'UpdateOwner'>): Decision<CatalogueEvent> {
  if (command.kind === 'CreateOwner') {
    const { id, name, email } = command;
    if (isOwnerEmailTaken(state, id, email)) return ownerExists();
    return decided([{ kind: 'OwnerCreated', data: { id, name, email, archived: false } }]);
  }
  const before = state.owners.get(command.id);
  if (!before) return notThere('owner');
  const data: CatalogueOwner = changed(before, command.change);
  if (!data.archived && isOwnerEmailTaken(state, data.id, data.email)) return ownerExists();
  return decided(differs(before, data) ? [{ kind: 'OwnerUpdated', data }] : []);
}

function isOwnerEmailTaken(state: Catalogue, id: string, email: string): boolean {
  const owner = findOwnerByEmail(state, email);
  return owner !== null && owner.id !== id;
}

/** Payloads name an owner by e-mail, so two can't share one. */
const ownerExists = () => conflicting('owner_exists', 'The workspace has an owner of that e-mail.');
