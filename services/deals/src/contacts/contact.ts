import type {
  ContactCreatedV1,
  ContactSnapshot,
  ContactTaggedV1,
  ContactUpdatedV1,
  CustomFields,
  Person,
  Phone,
  Utm,
} from '@ponte/contracts';
import { emailKey } from '@ponte/mapping';
import { tagLabels, type Catalogue } from '../catalogue/catalogue.js';
import { contactId, type ContactId } from '../ids.js';

export type ContactEvent =
  | { kind: 'ContactCreated'; data: ContactCreatedV1 }
  | { kind: 'ContactUpdated'; data: ContactUpdatedV1 }
  | { kind: 'ContactTagged'; data: ContactTaggedV1 };

export interface Contact {
  readonly id: ContactId;
  readonly name: string | null;
  /** The primary one first. No other contact of the workspace has any of them. */
  readonly emails: readonly string[];
  /** The primary one first. Those that have a key belong to this contact alone. */
  readonly phones: readonly Phone[];
  readonly utm: Utm;
  readonly customFields: CustomFields;
  readonly tagIds: readonly string[];
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What a contact is recognised by. `key` is the e-mail or phone as it is compared. */
export interface Identity {
  readonly kind: 'email' | 'phone';
  readonly key: string;
}

/** Null for what is no e-mail address: nobody is recognised by it. */
export function emailIdentity(email: string): Identity | null {
  const key = emailKey(email);
  return key === null ? null : { kind: 'email', key };
}

/** Null for a phone that can't be dialled (without an area code): it is kept, and nobody is recognised by it. */
export function phoneIdentity(phone: Phone): Identity | null {
  const key = phone.matchKey ?? phone.e164;
  return key === null || key === '' ? null : { kind: 'phone', key };
}

export function identitiesOf(person: {
  readonly emails: readonly string[];
  readonly phones: readonly Phone[];
}): Identity[] {
  const identities = [...person.emails.map(emailIdentity), ...person.phones.map(phoneIdentity)];
  const distinct = new Map<string, Identity>();
  for (const identity of identities) if (identity) distinct.set(identityText(identity), identity);
  return [...distinct.values()];
}

export const identityText = (identity: Identity): string => `${identity.kind} ${identity.key}`;

/**
 * @param at the event's time, RFC 3339
 * @throws where an event speaks of a contact that no event created
 */
export function evolveContact(state: Contact | null, event: ContactEvent, at: string): Contact {
  if (event.kind === 'ContactCreated') {
    const { contact, person } = event.data;
    return {
      id: contactId(contact.id),
      ...person,
      tagIds: contact.tags.map((tag) => tag.id),
      createdAt: contact.createdAt,
      updatedAt: at,
    };
  }
  if (!state) throw new Error(`${event.kind} came before ContactCreated`);
  switch (event.kind) {
    case 'ContactUpdated':
      return { ...state, ...event.data.person, updatedAt: at };
    case 'ContactTagged':
      return { ...state, tagIds: retag(state.tagIds, event.data.change), updatedAt: at };
  }
}

/** The contact that an event is about. */
export function contactIdOf(event: ContactEvent): ContactId {
  return contactId(event.kind === 'ContactTagged' ? event.data.contactId : event.data.contact.id);
}

/** Tag ids after a change: those that stay keep their order. */
export function retag(
  tagIds: readonly string[],
  change: { added: readonly { id: string }[]; removed: readonly { id: string }[] },
): string[] {
  const removed = new Set(change.removed.map((tag) => tag.id));
  const stay = tagIds.filter((id) => !removed.has(id));
  return [...stay, ...change.added.map((tag) => tag.id).filter((id) => !stay.includes(id))];
}

export function contactSnapshot(contact: Contact, catalogue: Catalogue): ContactSnapshot {
  return { id: contact.id, tags: tagLabels(catalogue, contact.tagIds), createdAt: contact.createdAt };
}

export function personOf(contact: Contact): Person {
  return {
    name: contact.name,
    emails: [...contact.emails],
    phones: [...contact.phones],
    utm: contact.utm,
    customFields: contact.customFields,
  };
}
