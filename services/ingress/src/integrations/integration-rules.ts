import type { ArrivalSettings, Mode, Target } from '@ponte/contracts';
import { findPreset, parseMapping, PRESETS } from '@ponte/mapping';
import type { FieldError } from '@ponte/service-kit';

/** What an integration is to be, before it is known whether that can be. */
export interface IntegrationDraft {
  name: string;
  preset: string;
  target: Target;
  mode: Mode;
  originId: string | null;
  closedDealsMatch: boolean;
  /** As it was given; null: the preset's alone. */
  mapping: unknown;
  settings: ArrivalSettings;
}

/** What the catalogue knows of the ids that a draft names, in its workspace. */
export interface CatalogueFacts {
  origin: { archived: boolean } | null;
  stage: { originId: string; archived: boolean } | null;
  tags: ReadonlyMap<string, { archived: boolean }>;
  owner: { archived: boolean } | null;
}

/** Everything that is wrong with a draft, each mistake with its field. */
export function mistakesOf(draft: IntegrationDraft, catalogue: CatalogueFacts): FieldError[] {
  return [
    ...presetMistakes(draft),
    ...originMistakes(draft, catalogue),
    ...mappingMistakes(draft.mapping),
    ...settingsMistakes(draft, catalogue),
  ];
}

function mistake(field: string, ...messages: string[]): FieldError[] {
  return [{ field, messages }];
}

function presetMistakes({ preset }: IntegrationDraft): FieldError[] {
  if (findPreset(preset) !== undefined) return [];
  return mistake('preset', `is not known; there are ${PRESETS.map(({ key }) => key).join(', ')}`);
}

function originMistakes({ target, originId }: IntegrationDraft, { origin }: CatalogueFacts): FieldError[] {
  if (target === 'contact') return originId === null ? [] : mistake('originId', 'is of deals; contacts have no origin');
  if (originId === null) return mistake('originId', 'is missing: deals arrive in an origin');
  return referenceMistakes('originId', 'origin', origin);
}

function mappingMistakes(mapping: unknown): FieldError[] {
  if (mapping === null) return [];
  const parsed = parseMapping(mapping);
  if (parsed.kind === 'mapping') return [];
  return parsed.errors.flatMap(({ place, detail }) => mistake(place === '' ? 'mapping' : `mapping.${place}`, detail));
}

function settingsMistakes(draft: IntegrationDraft, catalogue: CatalogueFacts): FieldError[] {
  const { stage, status, owner, tags } = draft.settings;
  const mistakes = (tags?.tagIds ?? []).flatMap((id, index) =>
    referenceMistakes(`settings.tags.tagIds.${String(index)}`, 'tag', catalogue.tags.get(id) ?? null),
  );
  if (draft.target === 'contact') {
    const ofDeals = Object.entries({ stage, status, owner }).filter(([, setting]) => setting !== null);
    return [...mistakes, ...ofDeals.flatMap(([name]) => mistake(`settings.${name}`, 'is a setting of deals'))];
  }
  if (stage !== null) mistakes.push(...stageMistakes(draft, catalogue));
  if (owner !== null) mistakes.push(...referenceMistakes('settings.owner.ownerId', 'owner', catalogue.owner));
  if (status !== null && status.lostReason !== null && status.status !== 'LOST') {
    mistakes.push(...mistake('settings.status.lostReason', 'is of the status LOST alone'));
  }
  return mistakes;
}

function stageMistakes({ originId }: IntegrationDraft, { stage }: CatalogueFacts): FieldError[] {
  const field = 'settings.stage.stageId';
  if (stage !== null && stage.originId !== originId) return mistake(field, 'is a stage of another origin');
  return referenceMistakes(field, 'stage', stage);
}

function referenceMistakes(field: string, noun: string, found: { archived: boolean } | null): FieldError[] {
  if (found === null) return mistake(field, `is no ${noun} of this workspace`);
  return found.archived ? mistake(field, `is an archived ${noun}`) : [];
}
