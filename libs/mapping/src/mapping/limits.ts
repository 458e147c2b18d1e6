import { warn, type MappedItem } from './mapped.js';

/** Characters of one text field; longer is cut, with a warning, so that one payload can't outgrow a record. */
export const MAX_TEXT = 500;
export const MAX_CUSTOM_TEXT = 5_000;
export const MAX_TAG = 120;
export const MAX_CUSTOM_KEY = 120;
/** Of one item. */
export const MAX_TAGS = 100;
export const MAX_CUSTOM_FIELDS = 200;
export const MAX_ALTERNATIVES = 20;
export const MAX_ITEMS = 1_000;

export function limited(item: MappedItem, field: string, text: string, limit: number): string {
  if (text.length <= limit) return text;
  warn(item, field, 'too_long', `The text was cut after ${limit} characters.`);
  return text.slice(0, limit).toWellFormed();
}

export function addTags(item: MappedItem, field: string, tags: string[], added: readonly string[]): void {
  for (const tag of added) {
    const text = limited(item, field, tag, MAX_TAG);
    if (tags.includes(text)) continue;
    if (tags.length >= MAX_TAGS) {
      warn(item, field, 'too_many', `Only the first ${MAX_TAGS} tags were taken.`);
      return;
    }
    tags.push(text);
  }
}

/** A custom field that is already there stays: an explicit rule wins over a collecting pass. */
export function addCustomField(item: MappedItem, into: 'contact' | 'deal', key: string, text: string): void {
  const fields = item[into].customFields;
  const field = `${into}.customFields`;
  if (key === '__proto__' || Object.hasOwn(fields, key)) return;
  if (Object.keys(fields).length >= MAX_CUSTOM_FIELDS) {
    warn(item, field, 'too_many', `Only the first ${MAX_CUSTOM_FIELDS} custom fields were taken.`);
    return;
  }
  fields[key] = limited(item, field, text, MAX_CUSTOM_TEXT);
}
