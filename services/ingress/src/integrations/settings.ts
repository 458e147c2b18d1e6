import type { ArrivalSettings } from '@ponte/contracts';
import { SettingsDto } from './integration.dto.js';

export const NO_SETTINGS: ArrivalSettings = { tags: null, stage: null, status: null, owner: null };

/** The settings as events carry them: every member there, null where it is not set. */
export function toSettings(dto: SettingsDto | undefined): ArrivalSettings {
  if (dto === undefined) return NO_SETTINGS;
  const { tags, stage, status, owner } = dto;
  return {
    tags: tags ? { tagIds: tags.tagIds.map(lower), when: tags.when } : null,
    stage: stage ? { stageId: lower(stage.stageId), when: stage.when } : null,
    status: status ? { status: status.status, lostReason: status.lostReason ?? null, when: status.when } : null,
    owner: owner ? { ownerId: lower(owner.ownerId), when: owner.when } : null,
  };
}

/** Ids are compared as texts in events, where they are in lower case. */
function lower(id: string): string {
  return id.toLowerCase();
}
