import type { FieldError } from '@ponte/service-kit';
import type { IntegrationDraft } from './outbound-integration.entity.js';

/** What the catalogue knows of the ids that a draft names. */
export interface CatalogueFacts {
  readonly originKnown: boolean;
  /** Stages that are known, with their origins. */
  readonly stages: ReadonlyMap<string, { readonly originId: string }>;
  readonly tags: ReadonlySet<string>;
}

export const MAX_URL = 2_000;

/** The stages that a draft's filter names. */
export function stagesOf({ filter }: Pick<IntegrationDraft, 'filter'>): readonly string[] {
  return [...(filter.stageIds ?? []), ...(filter.fromStageIds ?? []), ...(filter.toStageIds ?? [])];
}

/** Everything that is wrong with a draft beside the shapes of its fields, by field. */
export function mistakesOf(draft: IntegrationDraft, facts: CatalogueFacts): readonly FieldError[] {
  return [...originMistakes(facts), ...filterMistakes(draft, facts), ...urlMistakes(draft.url)];
}

function originMistakes(facts: CatalogueFacts): readonly FieldError[] {
  return facts.originKnown ? [] : [mistake('originId', 'is no origin of this workspace')];
}

function filterMistakes({ filter, trigger, originId }: IntegrationDraft, facts: CatalogueFacts): readonly FieldError[] {
  const mistakes: FieldError[] = [];
  for (const field of ['stageIds', 'fromStageIds', 'toStageIds'] as const) {
    const ids = filter[field];
    if (ids === undefined) continue;
    if (field !== 'stageIds' && trigger !== 'StageChanged') {
      mistakes.push(mistake(`filter.${field}`, 'is of the trigger StageChanged alone'));
    }
    if (ids.some((id) => facts.stages.get(id)?.originId !== originId)) {
      mistakes.push(mistake(`filter.${field}`, 'names a stage that is none of this origin'));
    }
  }
  if (filter.tagIds?.some((id) => !facts.tags.has(id))) {
    mistakes.push(mistake('filter.tagIds', 'names a tag that is none of this workspace'));
  }
  return mistakes;
}

function urlMistakes(url: string): readonly FieldError[] {
  if (url.length > MAX_URL) return [mistake('url', `must be no longer than ${String(MAX_URL)} characters`)];
  if (!URL.canParse(url)) return [mistake('url', 'is not a URL')];
  const { protocol, username, password } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return [mistake('url', 'must begin with https:// or http://')];
  // They would show in every list and log; receivers that need a secret take one in the path or the query.
  if (username !== '' || password !== '') return [mistake('url', 'must not hold a user name or password')];
  return [];
}

function mistake(field: string, message: string): FieldError {
  return { field, messages: [message] };
}
