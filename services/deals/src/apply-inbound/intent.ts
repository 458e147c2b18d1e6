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
  const reading = new Reading(inbound, item, catalogue, occasion);
  const stage = reading.stage();
  const owner = reading.owner();
  const status = reading.status();
  const settingsTags = reading.settingsTags();
  return {
    stage,
    owner,
    // Between origins a status that arrives is always OPEN; where none arrives, none is set.
    status: status && inbound.betweenOrigins ? { status: 'OPEN', lostReason: null } : status,
    contactTags: [...reading.labels('contactTags'), ...settingsTags],
    dealTags: [...reading.labels('dealTags'), ...settingsTags],
    warnings: reading.warnings,
  };
}

/** One item read against the catalogue, and what its user should know of it. */
class Reading {
  readonly warnings: Warning[];

  constructor(
    private readonly inbound: InboundReceivedV1,
    private readonly item: InboundItem,
    private readonly catalogue: Catalogue,
    private readonly occasion: Occasion,
  ) {
    this.warnings = [...item.warnings];
  }

  stage(): Stage | null {
    const { originId, settings } = this.inbound;
    if (originId === null) return null;
    const named = known(this.item.stage);
    const mapped = named === null ? null : findStage(this.catalogue, originId, named);
    if (named !== null && !mapped) this.warn('stage', 'unknown_stage', 'The origin has no stage of that id or label.');
    if (mapped || !settings.stage || !this.applies(settings.stage.when)) return mapped;
    const found = findStage(this.catalogue, originId, settings.stage.stageId);
    if (!found) this.warn('settings.stage', 'unknown_stage', 'The origin no longer has the stage of the settings.');
    return found;
  }

  owner(): CatalogueOwner | null {
    const email = known(this.item.owner);
    const mapped = email === null ? null : findOwnerByEmail(this.catalogue, email);
    if (email !== null && !mapped) this.warn('owner', 'unknown_owner', 'No owner of the workspace has that e-mail.');
    const setting = this.inbound.settings.owner;
    if (mapped || !setting || !this.applies(setting.when)) return mapped;
    const found = this.catalogue.owners.get(setting.ownerId);
    if (found && !found.archived) return found;
    this.warn('settings.owner', 'unknown_owner', 'The workspace no longer has the owner of the settings.');
    return null;
  }

  status(): GivenStatus | null {
    const { status, lostReason } = this.item;
    if (status !== null) return { status, lostReason };
    const setting = this.inbound.settings.status;
    if (!setting || !this.applies(setting.when)) return null;
    return { status: setting.status, lostReason: known(lostReason) ?? setting.lostReason };
  }

  settingsTags(): WantedTag[] {
    const setting = this.inbound.settings.tags;
    if (!setting || !this.applies(setting.when)) return [];
    return setting.tagIds.flatMap((id): WantedTag[] => {
      if (this.catalogue.tags.get(id)?.archived === false) return [{ kind: 'id', id }];
      this.warn('settings.tags', 'unknown_tag', 'The workspace no longer has a tag of the settings.');
      return [];
    });
  }

  labels(field: 'contactTags' | 'dealTags'): WantedTag[] {
    return this.item[field].flatMap((text): WantedTag[] => {
      const label = text.trim();
      if (fold(label) === '') return [];
      if (label.length <= longestTag) return [{ kind: 'label', label }];
      this.warn(field, 'too_long', `A tag has at most ${String(longestTag)} characters.`);
      return [];
    });
  }

  private applies(when: When): boolean {
    if (when === 'always' || this.occasion.kind === 'creation') return true;
    return when === 'where_none' && !this.occasion.owned;
  }

  private warn(field: string, code: string, detail: string): void {
    this.warnings.push({ field, code, detail });
  }
}
