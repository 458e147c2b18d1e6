import type { CustomFields, Label, Person, Phone, Utm } from '@ponte/contracts';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { ContactId } from '../ids.js';
import { known } from '../text.js';
import { contactSnapshot, emailIdentity, personOf, phoneIdentity, type Contact, type ContactEvent } from './contact.js';

/** What a payload says of a person. Of the e-mails and phones only those that no other contact owns. */
export interface GivenPerson {
  readonly name: string | null;
  readonly emails: readonly string[];
  readonly phones: readonly Phone[];
  readonly utm: Utm;
  readonly customFields: CustomFields;
}

export function createContact(
  id: ContactId,
  given: GivenPerson,
  tags: readonly Label[],
  now: string,
): Extract<ContactEvent, { kind: 'ContactCreated' }> {
  const person = mergePerson({ name: null, emails: [], phones: [], utm: {}, customFields: {} }, given).person;
  return { kind: 'ContactCreated', data: { contact: { id, tags: [...tags], createdAt: now }, person } };
}

export function updateContact(contact: Contact, given: GivenPerson, catalogue: Catalogue): ContactEvent[] {
  const { person, fields } = mergePerson(personOf(contact), given);
  if (fields.length === 0) return [];
  return [
    { kind: 'ContactUpdated', data: { change: { fields }, contact: contactSnapshot(contact, catalogue), person } },
  ];
}

export function tagContact(contact: Contact, tags: readonly Label[]): ContactEvent[] {
  const added = tags.filter((tag) => !contact.tagIds.includes(tag.id));
  if (added.length === 0) return [];
  return [{ kind: 'ContactTagged', data: { contactId: contact.id, change: { added, removed: [] } } }];
}

/** A person with what a payload says of them: nothing known is blanked. `fields` names what changed. */
function mergePerson(before: Person, given: GivenPerson): { person: Person; fields: string[] } {
  const name = known(given.name) ?? before.name;
  const emails = mergeEmails(before.emails, given.emails);
  const phones = mergePhones(before.phones, given.phones);
  const utm = mergeTexts<Utm>(before.utm, given.utm);
  const customFields = mergeTexts<CustomFields>(before.customFields, given.customFields);
  const fields = [
    ...(name === before.name ? [] : ['name']),
    ...(emails === before.emails ? [] : ['emails']),
    ...(phones === before.phones ? [] : ['phones']),
    ...utm.changed.map((key) => `utm.${key}`),
    ...customFields.changed.map((key) => `customFields.${key}`),
  ];
  return { person: { name, emails, phones, utm: utm.merged, customFields: customFields.merged }, fields };
}

/** The given e-mail becomes the primary one; what was known stays as an alternative, in the spelling it was known by. */
function mergeEmails(before: string[], given: readonly string[]): string[] {
  const usable = given.map((email) => email.trim()).filter((email) => emailIdentity(email) !== null);
  return withPrimary(
    before,
    usable,
    (email) => emailIdentity(email)?.key ?? email,
    () => true,
  );
}

/** As with e-mails, but a phone that can't be dialled never takes the place of one that can. */
function mergePhones(before: Phone[], given: readonly Phone[]): Phone[] {
  const usable = given.filter((phone) => known(phone.raw) !== null);
  const phoneKey = (phone: Phone) => phoneIdentity(phone)?.key ?? `raw ${phone.raw.trim()}`;
  return withPrimary(before, usable, phoneKey, (phone) => phoneIdentity(phone) !== null);
}

/**
 * A list with the first given entry at its head and the other given ones, where they are new, at its end.
 *
 * @returns `before` itself where nothing changes
 */
function withPrimary<Entry>(
  before: Entry[],
  given: readonly Entry[],
  keyOf: (entry: Entry) => string,
  canLead: (entry: Entry) => boolean,
): Entry[] {
  const entries = new Map(before.map((entry) => [keyOf(entry), entry]));
  for (const entry of given) if (!entries.has(keyOf(entry))) entries.set(keyOf(entry), entry);
  const leader = given.find(canLead) ?? before[0] ?? given[0];
  if (leader === undefined) return before;
  const primary = keyOf(leader);
  const keys = [primary, ...[...entries.keys()].filter((key) => key !== primary)];
  const merged = keys.flatMap((key) => entries.get(key) ?? []);
  const same = merged.length === before.length && merged.every((entry, index) => entry === before[index]);
  return same ? before : merged;
}

/** Texts by key with the given ones over the known ones; an empty text says nothing. */
export function mergeTexts<Texts extends Readonly<Record<string, string>>>(
  before: Texts,
  given: Texts,
): { merged: Texts; changed: string[] } {
  const changes = Object.entries(given).flatMap(([key, text]): [string, string][] => {
    const said = known(text);
    return said === null || (Object.hasOwn(before, key) && before[key] === said) ? [] : [[key, said]];
  });
  if (changes.length === 0) return { merged: before, changed: [] };
  return { merged: { ...before, ...Object.fromEntries(changes) }, changed: changes.map(([key]) => key) };
}
