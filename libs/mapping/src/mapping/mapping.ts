import type { DateFormat } from '../dates/read-date.js';
import type { DealStatus } from './mapped.js';

/**
 * Which payload field becomes which field: plain data, kept as JSON. Make one from untrusted data with `parseMapping`,
 * run it with `compileMapping` (or `applyMapping`).
 */
export interface Mapping {
  /**
   * Path of a list: each of its elements is then an item of its own, and paths begin at the element (`$.` still begins
   * at the whole payload). Absent: the whole payload is the one item.
   */
  items?: string;
  fields: FieldRule[];
  /** Passes that gather what no field rule has used into custom fields. */
  collect?: CollectRule[];
}

/** How one target field gets its value. */
export interface FieldRule {
  target: Target;
  /** Tried in order. One that is missing, empty or unusable (no valid e-mail, no date …) gives way to the next. */
  from: Source[];
  /** `all` gathers what every source gives; for e-mails, phones and tags. Default `first`. */
  take?: 'first' | 'all';
  transforms?: Transform[];
}

/** Every text is trimmed; what the target demands (a valid e-mail, a phone, an amount …) is done without being asked for. */
export type Source =
  /** A path into the payload, see `parsePath`. */
  | string
  | { constant: string }
  | { header: string }
  /** A path into the query string's fields. */
  | { query: string }
  | ConcatSource
  | LikeSource;

/** Parts joined, the missing ones left out: first and last name, area code and number. */
export interface ConcatSource {
  concat: Source[];
  /** Default: a blank. */
  separator?: string;
  /** Gives nothing unless every part is there. */
  requireAll?: boolean;
}

/** A field found by what it is called, for payloads whose keys are up to whoever made the form. */
export interface LikeSource {
  /** Names, tried in order; case, accents and separators ignored (`e-mail` finds `Email`, `E_MAIL`). */
  like: string[];
  /** Paths of the objects or lists to look in, tried in order. Default: the item itself. */
  in?: string[];
  /** Where an element of a list carries its label (first non-empty). Default: labels are the object's keys. */
  label?: string[];
  /** Where an element carries its value (first non-empty). Default: the member itself. */
  value?: string[];
  titles?: Titles;
  /** `word`: the label may have other words too (`Seu melhor e-mail`), tried after whole labels. Default `whole`. */
  match?: 'whole' | 'word';
  /** Words that a label may not have: `empresa` keeps `Nome da empresa` from being a person's name. */
  except?: string[];
}

/**
 * Labels that the payload keeps apart from the values, as Typeform keeps its questions. Where an element's own label is
 * missing or was generated (a UUID, say), it goes by its title.
 */
export interface Titles {
  /** Path of the list of titles. */
  in: string;
  /** Path of the id in an element of that list. */
  id: string;
  /** Path of the title in an element of that list. */
  title: string;
  /** Path of the same id in an element that has a value. */
  of: string;
}

/** What is done to a source's value; the order in which a rule lists them means nothing. */
export type Transform =
  /** Already the default; accepted so that a rule may say so. */
  | { kind: 'trim' }
  | { kind: 'lower' }
  /** A list as one text. Default separator `, `. */
  | { kind: 'join'; separator?: string }
  /** Text into tags at any of these characters. Tags are split at `,` `;` and line ends anyway. */
  | { kind: 'split'; separators: string }
  /** Of a list, its first element. */
  | { kind: 'first' }
  /**
   * Payload values to a status, case and accents ignored; null: this value sets none. `default` is for all other
   * values: absent, they give a warning.
   */
  | { kind: 'statusTable'; table: Record<string, DealStatus | null>; default?: DealStatus | null }
  /** ISO 3166-1 alpha-2 country of numbers without a country code: a fixed one, or where the payload names it. */
  | { kind: 'phone'; country?: string; countryFrom?: string[] }
  | { kind: 'money'; unit: 'decimal' | 'minor'; decimalSeparator?: '.' | ',' | 'auto' }
  /** To ISO 8601 in UTC. Times without an offset are in `timeZone`, default the workspace's. */
  | { kind: 'date'; format?: DateFormat; timeZone?: string };

/** A pass over the members of one object or list. */
export interface CollectRule {
  into: 'contact.customFields' | 'deal.customFields';
  /** Path of the object or list. Default: the item itself. */
  in?: string;
  /** Only members whose key begins so; it is cut off. */
  prefix?: string;
  label?: string[];
  value?: string[];
  titles?: Titles;
  /** Keys or labels that are never collected; case, accents and separators ignored. */
  except?: string[];
  /** Elements that are no answers, e.g. those whose `type` is `step`. */
  skip?: { path: string; in: string[] };
}

/** The fixed fields of a contact that a mapping can fill. */
export const CONTACT_TARGETS = [
  'contact.name',
  'contact.email',
  'contact.phone',
  'contact.tags',
  'contact.utm.source',
  'contact.utm.medium',
  'contact.utm.campaign',
  'contact.utm.content',
  'contact.utm.term',
] as const;

/** The fixed fields of a deal that a mapping can fill. */
export const DEAL_TARGETS = [
  'deal.title',
  'deal.value',
  'deal.currency',
  'deal.product',
  'deal.externalId',
  'deal.stage',
  'deal.status',
  'deal.lostReason',
  'deal.owner',
  'deal.tags',
] as const;

export type FixedTarget = (typeof CONTACT_TARGETS)[number] | (typeof DEAL_TARGETS)[number];
/** Everything after `customFields.` is the custom field's key, dots and blanks included. */
export type CustomTarget = `contact.customFields.${string}` | `deal.customFields.${string}`;
/** A field that a mapping fills. */
export type Target = FixedTarget | CustomTarget;

const FIXED_TARGETS: ReadonlySet<string> = new Set<string>([...CONTACT_TARGETS, ...DEAL_TARGETS]);

/** Whether a text names a field that a mapping can fill: a fixed one, or a custom field. */
export function isTarget(text: string): text is Target {
  return FIXED_TARGETS.has(text) || isCustomTarget(text);
}

export function isCustomTarget(text: string): text is CustomTarget {
  return /^(?:contact|deal)\.customFields\.(?!__proto__$)[^]{1,120}$/.test(text);
}
