import type { InboundItem, InboundReceivedV1, Label, Outcome, Stage, Warning } from '@ponte/contracts';
import { openStagesOf } from '../catalogue/catalogue.js';
import type { Contact } from '../contacts/contact.js';
import { createContact, tagContact, updateContact, type GivenPerson } from '../contacts/decide.js';
import type { Deal, Surroundings } from '../deals/deal.js';
import { assignOwner, changeStatus, createDeal, moveDeal, tagDeal, updateDeal } from '../deals/decide.js';
import type { DomainEvent } from '../events.js';
import { contactId, dealId, entityId } from '../ids.js';
import { intend, type Intent } from './intent.js';
import { hasIdentity, match, withoutOwnedByOthers, type Known, type Match, type Place } from './match.js';
import { Story } from './story.js';

/** One item of an inbound record, with all that its decision is a function of beside what is known. */
export interface ItemToApply {
  readonly inbound: InboundReceivedV1;
  readonly item: InboundItem;
  readonly person: GivenPerson;
  /** The inbound record's place in its log. */
  readonly source: { readonly partition: number; readonly position: number };
  /** Names the item among all that ever happens: the ids of everything that it makes come from it. */
  readonly cause: string;
  /** The inbound record's time, RFC 3339: the time of every event, so that deciding again comes out identical. */
  readonly now: string;
  /** RFC 3339. */
  readonly appliedAt: string;
}

const unmatched: Match = { contact: null, deal: null, matchedBy: null, conflict: null };

/**
 * What one item becomes: its events in the order in which they are appended, of which the last is always
 * `InboundApplied`. An item that can't be applied is an outcome, never an exception.
 */
export function decideItem(apply: ItemToApply, known: Known): DomainEvent[] {
  const place = findPlace(apply.inbound, known);
  if (typeof place === 'string') return refuse(apply, 'rejected', place);
  if (!hasIdentity(apply.person)) return refuse(apply, 'rejected', 'no_identity');
  const found = match(known, apply.person, place);
  return place ? decideDeal(apply, known, found, place) : decideContact(apply, known, found);
}

/** Where the item's deal is looked for; null where its target is the contact alone; else why there is no such place. */
function findPlace(inbound: InboundReceivedV1, known: Known): Place | null | 'unknown_origin' | 'archived_origin' {
  if (inbound.target === 'contact') return null;
  // An origin of another workspace is as unknown as one that never was.
  const origin = inbound.originId === null ? undefined : known.catalogue.origins.get(inbound.originId);
  if (!origin) return 'unknown_origin';
  return origin.archived ? 'archived_origin' : { originId: origin.id, closedDealsMatch: inbound.closedDealsMatch };
}

function decideDeal(apply: ItemToApply, known: Known, found: Match, place: Place): DomainEvent[] {
  const { mode } = apply.inbound;
  if (mode === 'update' && !found.deal) return refuse(apply, 'ignored', 'no_match', found);
  const before = mode === 'create' ? null : found.deal;
  const intent = intend(
    apply.inbound,
    apply.item,
    known.catalogue,
    before ? { kind: 'update', owned: before.ownerId !== null } : { kind: 'creation' },
  );
  const subject = before ?? intent.stage ?? openStagesOf(known.catalogue, place.originId)[0];
  if (!subject) return refuse(apply, 'rejected', 'no_stage', found);

  const story = new Story(apply.cause, apply.now, known.catalogue);
  const contactTags = story.tags(intent.contactTags);
  const wanted = { item: apply.item, intent, tags: story.tags(intent.dealTags) };
  const contact = tellContact(story, apply, known, found.contact, contactTags);
  const around = { catalogue: story.catalogue, contact };
  const deal =
    'status' in subject ? tellUpdate(story, subject, wanted, around) : tellBirth(story, subject, wanted, around);
  return conclude(story, apply, before === null, intent.warnings, { ...found, contact, deal });
}

function decideContact(apply: ItemToApply, known: Known, found: Match): DomainEvent[] {
  const { mode } = apply.inbound;
  if (mode === 'update' && !found.contact) return refuse(apply, 'ignored', 'no_match');
  // Two contacts can't share an e-mail or phone, so there is no second one to make.
  if (mode === 'create' && found.contact) return refuse(apply, 'ignored', 'contact_exists', found);
  const intent = intend(
    apply.inbound,
    apply.item,
    known.catalogue,
    found.contact ? { kind: 'update', owned: true } : { kind: 'creation' },
  );
  const story = new Story(apply.cause, apply.now, known.catalogue);
  const contact = tellContact(story, apply, known, found.contact, story.tags(intent.contactTags));
  return conclude(story, apply, found.contact === null, intent.warnings, { ...found, contact });
}

function tellContact(story: Story, apply: ItemToApply, known: Known, before: Contact | null, tags: Label[]): Contact {
  const given = withoutOwnedByOthers(known, apply.person, before);
  if (!before)
    return story.contactBorn(createContact(contactId(entityId(story.cause, 'contact')), given, tags, story.now));
  const updated = story.contact(before, updateContact(before, given, story.catalogue));
  return story.contact(updated, tagContact(updated, tags));
}

/** What an item and the settings say of a deal. */
interface Wanted {
  readonly item: InboundItem;
  readonly intent: Intent;
  readonly tags: readonly Label[];
}

function tellBirth(story: Story, stage: Stage, { item, intent, tags }: Wanted, around: Surroundings): Deal {
  const id = dealId(entityId(story.cause, 'deal'));
  const birth = { id, stage, owner: intent.owner, tags, given: item, now: story.now };
  const deal = story.dealBorn(createDeal(birth, around));
  return intent.status ? story.deal(deal, changeStatus(deal, intent.status, around)) : deal;
}

function tellUpdate(story: Story, before: Deal, { item, intent, tags }: Wanted, around: Surroundings): Deal {
  const { owner, stage, status } = intent;
  const lostReason = staysLost(before, status) ? (status ?? item).lostReason : null;
  let deal = story.deal(before, updateDeal(before, { ...item, lostReason }, around));
  deal = story.deal(deal, tagDeal(deal, tags));
  if (owner) deal = story.deal(deal, assignOwner(deal, owner, around));
  if (stage) deal = story.deal(deal, moveDeal(deal, stage, around));
  if (status) deal = story.deal(deal, changeStatus(deal, status, around));
  return deal;
}

function staysLost(deal: Deal, status: Intent['status']): boolean {
  return deal.status === 'LOST' && (status?.status ?? 'LOST') === 'LOST';
}

function conclude(
  story: Story,
  apply: ItemToApply,
  isNew: boolean,
  warnings: readonly Warning[],
  found: Match,
): DomainEvent[] {
  const outcome = isNew ? 'created' : story.events.length > 0 ? 'updated' : 'unchanged';
  return [...story.events, applied(apply, { outcome, reason: null, warnings }, found)];
}

/** What an outcome says of its item. */
type Told = Pick<ItemToApply, 'inbound' | 'source' | 'appliedAt'> & {
  readonly item: Pick<InboundItem, 'index' | 'warnings'>;
};

/** The one event of an item that makes no other. */
export function refuse(apply: Told, outcome: Outcome, reason: string, found: Match = unmatched): DomainEvent[] {
  return [applied(apply, { outcome, reason, warnings: apply.item.warnings }, found)];
}

function applied(
  { inbound, item, source, appliedAt }: Told,
  result: { outcome: Outcome; reason: string | null; warnings: readonly Warning[] },
  found: Match,
): DomainEvent {
  return {
    kind: 'InboundApplied',
    data: {
      requestId: inbound.requestId,
      integrationId: inbound.integrationId,
      inbound: { ...source },
      item: item.index,
      items: Math.max(1, inbound.items.length),
      outcome: result.outcome,
      reason: result.reason,
      contactId: found.contact?.id ?? null,
      dealId: found.deal?.id ?? null,
      matchedBy: found.matchedBy,
      conflict: found.conflict,
      warnings: [...result.warnings],
      appliedAt,
    },
  };
}
