import type { Phone } from '@ponte/contracts';
import type { Catalogue } from '../catalogue/catalogue.js';
import { emailIdentity, phoneIdentity, type Contact, type Identity } from '../contacts/contact.js';
import type { GivenPerson } from '../contacts/decide.js';
import type { Deal } from '../deals/deal.js';
import type { ContactId } from '../ids.js';

/** What is known of a workspace at the moment of a decision. */
export interface Known {
  readonly catalogue: Catalogue;
  ownerOf(identity: Identity): Contact | null;
  /** A contact's deals in an origin, oldest first. Of many, at least those that a match could choose. */
  dealsOf(contact: ContactId, originId: string): readonly Deal[];
}

/** Where deals are looked for. */
export interface Place {
  readonly originId: string;
  /** Whether won and lost deals match too. */
  readonly closedDealsMatch: boolean;
}

export interface Match {
  readonly contact: Contact | null;
  readonly deal: Deal | null;
  readonly matchedBy: 'email' | 'phone' | 'email_and_phone' | null;
  /** The given e-mails and phones belong to more than one contact: the one that was taken, and one that was not. */
  readonly conflict: { readonly taken: string; readonly other: string } | null;
}

/**
 * The contact that a payload means, and its deal in the place. The e-mail decides, unless only the phone's contact has
 * a deal there.
 *
 * @param place null where the payload's target is the contact alone
 */
export function match(known: Known, given: Pick<GivenPerson, 'emails' | 'phones'>, place: Place | null): Match {
  const byEmail = ownersOf(known, given.emails.map(emailIdentity));
  const byPhone = ownersOf(known, given.phones.map(phoneIdentity));
  const dealOf = (contact: Contact) => (place ? bestDeal(known.dealsOf(contact.id, place.originId), place) : null);
  const [emails, phones] = [byEmail[0] ?? null, byPhone[0] ?? null];
  const phoneAlone = emails !== null && phones !== null && dealOf(emails) === null && dealOf(phones) !== null;
  const contact = phoneAlone ? phones : (emails ?? phones);
  if (!contact) return { contact: null, deal: null, matchedBy: null, conflict: null };
  const other = [...byEmail, ...byPhone].find((owner) => owner.id !== contact.id);
  return {
    contact,
    deal: dealOf(contact),
    matchedBy: matchedBy(contact, emails, phones),
    conflict: other ? { taken: contact.id, other: other.id } : null,
  };
}

function ownersOf(known: Known, identities: readonly (Identity | null)[]): Contact[] {
  return identities.flatMap((identity) => (identity ? (known.ownerOf(identity) ?? []) : []));
}

function matchedBy(
  contact: Contact,
  email: Contact | null,
  phone: Contact | null,
): 'email' | 'phone' | 'email_and_phone' {
  if (email?.id !== contact.id) return 'phone';
  return phone?.id === contact.id ? 'email_and_phone' : 'email';
}

/** Open deals first, then the most recently created one. */
function bestDeal(deals: readonly Deal[], place: Place): Deal | null {
  const open = deals.findLast((deal) => deal.status === 'OPEN');
  return open ?? (place.closedDealsMatch ? deals.at(-1) : undefined) ?? null;
}

/** Whether somebody can be recognised by what a payload says of them. */
export function hasIdentity(given: Pick<GivenPerson, 'emails' | 'phones'>): boolean {
  return [...given.emails.map(emailIdentity), ...given.phones.map(phoneIdentity)].some((identity) => identity !== null);
}

/** What a contact may take of a payload: an e-mail or phone that another contact owns stays where it is. */
export function withoutOwnedByOthers(known: Known, given: GivenPerson, contact: Contact | null): GivenPerson {
  const free = (identity: Identity | null) => {
    const owner = identity && known.ownerOf(identity);
    return !owner || owner.id === contact?.id;
  };
  return {
    ...given,
    emails: given.emails.filter((email) => free(emailIdentity(email))),
    phones: given.phones.filter((phone: Phone) => free(phoneIdentity(phone))),
  };
}
