import type { CatalogueOwner, InboundItem, InboundReceivedV1, Stage, Warning } from '@ponte/contracts';
import { fold } from '@ponte/mapping';
import { findOwnerByEmail, findStage, type Catalogue } from '../catalogue/catalogue.js';
import type { GivenStatus } from '../deals/decide.js';
import { known } from '../text.js';

/** What an item and its integration's settings together want of a deal and its contact. Null: nothing is wanted. */
export interface Intent {
  readonly stage: Stage | null;
  readonly status: GivenStatus | null;
  readonly owner: CatalogueOwner | null;
  /** Labels, which may be unknown yet, and ids of known tags. */
  readonly contactTags: readonly WantedTag[];
  readonly dealTags: readonly WantedTag[];
  readonly warnings: readonly Warning[];
}

export type WantedTag =
  { readonly kind: 'id'; readonly id: string } | { readonly kind: 'label'; readonly label: string };

/** Whether an item makes something new, and if not, whether the deal that it changes has an owner. */
export type Occasion = { readonly kind: 'creation' } | { readonly kind: 'update'; readonly owned: boolean };

type When = 'always' | 'on_creation' | 'where_none';

/** Longer ones are a wrong mapping, not a label. */
const longestTag = 200;

/** A value mapped from the payload wins over the setting; an unknown one warns, and the setting is used. */
export function intend(
  inbound: InboundReceivedV1,
  item: InboundItem,
  catalogue: Catalogue,
  occasion: Occasion,
): Intent {
  const warnings: Warning[] = [...item.warnings];
  const applies = (when: When) =>
    when === 'always' || occasion.kind === 'creation' || (when === 'where_none' && !occasion.owned);
  const warn = (field: string, code: string, detail: string) => warnings.push({ field, code, detail });
  const { settings, originId } = inbound;

  const stage = originId === null ? null : (mappedStage() ?? settingsStage(originId));
  const owner = mappedOwner() ?? settingsOwner();
  const settingsTags = knownSettingsTags();
  return {
    stage,
    status: inbound.betweenOrigins ? open(wantedStatus()) : wantedStatus(),
    owner,
    contactTags: [...labels('contactTags'), ...settingsTags],
    dealTags: [...labels('dealTags'), ...settingsTags],
    warnings,
  };

  function mappedStage(): Stage | null {
    const named = known(item.stage);
    if (named === null || originId === null) return null;
    const found = findStage(catalogue, originId, named);
    if (!found) warn('stage', 'unknown_stage', 'The origin has no stage of that id or label.');
    return found;
  }

  function settingsStage(origin: string): Stage | null {
    if (!settings.stage || !applies(settings.stage.when)) return null;
    const found = findStage(catalogue, origin, settings.stage.stageId);
    if (!found) warn('settings.stage', 'unknown_stage', 'The origin no longer has the stage of the settings.');
    return found;
  }

  function mappedOwner(): CatalogueOwner | null {
    const email = known(item.owner);
    if (email === null) return null;
    const found = findOwnerByEmail(catalogue, email);
    if (!found) warn('owner', 'unknown_owner', 'No owner of the workspace has that e-mail.');
    return found;
  }

  function settingsOwner(): CatalogueOwner | null {
    if (!settings.owner || !applies(settings.owner.when)) return null;
    const found = catalogue.owners.get(settings.owner.ownerId);
    if (found && !found.archived) return found;
    warn('settings.owner', 'unknown_owner', 'The workspace no longer has the owner of the settings.');
    return null;
  }

  function wantedStatus(): GivenStatus | null {
    if (item.status !== null) return { status: item.status, lostReason: item.lostReason };
    if (settings.status && applies(settings.status.when)) {
      const { status, lostReason } = settings.status;
      return { status, lostReason: known(item.lostReason) ?? lostReason };
    }
    return null;
  }

  function knownSettingsTags(): WantedTag[] {
    if (!settings.tags || !applies(settings.tags.when)) return [];
    return settings.tags.tagIds.flatMap((id): WantedTag[] => {
      if (catalogue.tags.get(id)?.archived === false) return [{ kind: 'id', id }];
      warn('settings.tags', 'unknown_tag', 'The workspace no longer has a tag of the settings.');
      return [];
    });
  }

  function labels(field: 'contactTags' | 'dealTags'): WantedTag[] {
    return item[field].flatMap((text): WantedTag[] => {
      const label = text.trim();
      if (fold(label) === '') return [];
      if (label.length <= longestTag) return [{ kind: 'label', label }];
      warn(field, 'too_long', `A tag has at most ${String(longestTag)} characters.`);
      return [];
    });
  }
}

/** Between origins a status that arrives is always OPEN; where none arrives, none is set. */
function open(status: GivenStatus | null): GivenStatus | null {
  return status && { status: 'OPEN', lostReason: null };
}
