import type { NormalizedPhone } from '../phones/normalize-phone.js';

/** A deal's status. */
export type DealStatus = 'OPEN' | 'WON' | 'LOST';
/** Every status, for checks and lists. */
export const DEAL_STATUSES: readonly DealStatus[] = ['OPEN', 'WON', 'LOST'];

/** A utm parameter, without its `utm_`. */
export type UtmField = 'source' | 'medium' | 'campaign' | 'content' | 'term';
/** Every utm parameter, for loops over them. */
export const UTM_FIELDS: readonly UtmField[] = ['source', 'medium', 'campaign', 'content', 'term'];

/** What a payload becomes. */
export interface MappingResult {
  items: MappedItem[];
  /** About the payload as a whole: a list of items that is not there, or too long. */
  warnings: MappingWarning[];
}

/** One item of a payload. Null, empty and absent members were not mapped, and blank nothing. */
export interface MappedItem {
  /** Its place in the list of items, from 0. */
  index: number;
  contact: MappedContact;
  deal: MappedDeal;
  warnings: MappingWarning[];
}

/** What an item says of the person. */
export interface MappedContact {
  name: string | null;
  /** Valid addresses, as they came; the primary one first. */
  emails: string[];
  /** The primary one first. One without `e164` was no dialable number: it is kept and matches nothing. */
  phones: NormalizedPhone[];
  tags: string[];
  utm: Partial<Record<UtmField, string>>;
  customFields: Record<string, string>;
}

/** What an item says of the deal. */
export interface MappedDeal {
  title: string | null;
  /** Major unit, e.g. `297.00`; never a float. */
  value: string | null;
  /** ISO 4217. Set whenever `value` is. */
  currency: string | null;
  product: string | null;
  externalId: string | null;
  /** A stage's id or label. */
  stage: string | null;
  status: DealStatus | null;
  lostReason: string | null;
  /** An owner's e-mail. */
  owner: string | null;
  tags: string[];
  customFields: Record<string, string>;
}

/** Why a value was not taken as it came. */
export type WarningCode =
  | 'invalid_email'
  | 'invalid_phone'
  | 'invalid_money'
  | 'invalid_currency'
  | 'invalid_date'
  | 'unknown_status'
  | 'not_text'
  | 'too_long'
  | 'too_many'
  | 'items_missing'
  | 'too_many_items';

/** `field` is a target's name and `detail` a sentence; neither ever holds a value from the payload. */
export interface MappingWarning {
  field: string;
  code: WarningCode;
  detail: string;
}

export function newItem(index: number): MappedItem {
  return {
    index,
    contact: { name: null, emails: [], phones: [], tags: [], utm: {}, customFields: {} },
    deal: {
      title: null,
      value: null,
      currency: null,
      product: null,
      externalId: null,
      stage: null,
      status: null,
      lostReason: null,
      owner: null,
      tags: [],
      customFields: {},
    },
    warnings: [],
  };
}

const MAX_WARNINGS = 50;

export function warn(item: MappedItem, field: string, code: WarningCode, detail: string): void {
  if (item.warnings.length < MAX_WARNINGS) item.warnings.push({ field, code, detail });
}
