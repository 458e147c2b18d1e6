import { describe, expect, it } from '@jest/globals';
import { mistakesOf, type CatalogueFacts, type IntegrationDraft } from './integration-rules.js';
import { NO_SETTINGS } from './settings.js';

const originId = '00000000-0000-4000-8000-000000000001';
const stageId = '00000000-0000-4000-8000-000000000002';
const draft: IntegrationDraft = {
  name: 'Checkout',
  preset: 'hotmart',
  target: 'deal',
  mode: 'create_or_update',
  originId,
  closedDealsMatch: true,
  mapping: null,
  settings: NO_SETTINGS,
};
const catalogue: CatalogueFacts = {
  origin: { archived: false },
  stage: { originId, archived: false },
  tags: new Map(),
  owner: null,
};
const fields = (changed: Partial<IntegrationDraft>, facts: Partial<CatalogueFacts> = {}) =>
  mistakesOf({ ...draft, ...changed }, { ...catalogue, ...facts }).map(({ field }) => field);
const stage = { stageId, when: 'always' } as const;

describe('an integration', () => {
  it('may be of a known preset and an origin of its workspace', () => {
    expect(fields({})).toEqual([]);
  });

  it('of deals has an origin, of contacts none', () => {
    expect(fields({ originId: null })).toEqual(['originId']);
    expect(fields({ target: 'contact' })).toEqual(['originId']);
    expect(fields({ target: 'contact', originId: null })).toEqual([]);
  });

  it('names no archived or foreign origin, stage, tag or owner', () => {
    expect(fields({}, { origin: { archived: true } })).toEqual(['originId']);
    expect(fields({ settings: { ...NO_SETTINGS, stage } })).toEqual([]);
    expect(
      fields({ settings: { ...NO_SETTINGS, stage } }, { stage: { originId: 'another', archived: false } }),
    ).toEqual(['settings.stage.stageId']);
    const owner = { ownerId: originId, when: 'always' } as const;
    const tags = { tagIds: [originId], when: 'always' as const };
    expect(fields({ settings: { ...NO_SETTINGS, owner, tags } })).toEqual([
      'settings.tags.tagIds.0',
      'settings.owner.ownerId',
    ]);
  });

  it('of contacts has no settings of deals', () => {
    expect(fields({ target: 'contact', originId: null, settings: { ...NO_SETTINGS, stage } })).toEqual([
      'settings.stage',
    ]);
  });

  it('gives a lost reason to LOST alone', () => {
    const status = { status: 'WON', lostReason: 'price', when: 'always' } as const;
    expect(fields({ settings: { ...NO_SETTINGS, status } })).toEqual(['settings.status.lostReason']);
    expect(fields({ settings: { ...NO_SETTINGS, status: { ...status, status: 'LOST' } } })).toEqual([]);
  });
});
