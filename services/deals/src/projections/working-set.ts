import type { Known } from '../apply-inbound/match.js';
import { evolveCatalogue, type Catalogue } from '../catalogue/catalogue.js';
import {
  contactIdOf,
  evolveContact,
  identitiesOf,
  identityText,
  type Contact,
  type Identity,
} from '../contacts/contact.js';
import { dealIdOf, evolveDeal, type Deal } from '../deals/deal.js';
import { aggregateOf, type AggregateEvent, type DomainEvent } from '../events.js';
import type { ContactId, DealId, WorkspaceId } from '../ids.js';
import type { LoadedDeal } from './rows.js';

/** What a working set has changed since it was loaded, by id. */
export interface Changes {
  workspace: boolean;
  readonly groups: Set<string>;
  readonly origins: Set<string>;
  readonly stages: Set<string>;
  readonly tags: Set<string>;
  readonly owners: Set<string>;
  readonly contacts: Set<ContactId>;
  readonly identities: { readonly identity: Identity; readonly contactId: ContactId }[];
  readonly deals: Set<DealId>;
}

/** Where the `DealCreated` of a deal lies in its partition of the log. */
export type Creation =
  | { readonly kind: 'at'; readonly position: number }
  /** Yet to be appended: the `nth` record, from 1, after where the partition's head is now. */
  | { readonly kind: 'after_head'; readonly partition: number; readonly nth: number };

/**
 * The part of one workspace that a transaction works on. Events evolve it; it remembers what they changed, and that is
 * what the projections write. The consumer, the API and a rebuild all project through it.
 */
export class WorkingSet implements Known {
  readonly changes: Changes = {
    workspace: false,
    groups: new Set(),
    origins: new Set(),
    stages: new Set(),
    tags: new Set(),
    owners: new Set(),
    contacts: new Set(),
    identities: [],
    deals: new Set(),
  };

  private readonly contacts = new Map<ContactId, Contact>();
  private readonly owners = new Map<string, ContactId>();
  private readonly deals = new Map<DealId, Deal>();
  private readonly places = new Map<string, DealId[]>();
  private readonly creations = new Map<DealId, Creation>();

  /** @param current null before the workspace's creation */
  constructor(
    readonly workspaceId: WorkspaceId,
    private current: Catalogue | null,
  ) {}

  /** Takes up what the database holds. @param deals in the order of their creation */
  load(contacts: readonly Contact[], deals: readonly LoadedDeal[]): void {
    for (const contact of contacts) {
      this.contacts.set(contact.id, contact);
      for (const identity of identitiesOf(contact)) this.owners.set(identityText(identity), contact.id);
    }
    for (const { deal, createdPosition } of deals) {
      this.keepDeal(deal);
      this.creations.set(deal.id, { kind: 'at', position: createdPosition });
    }
  }

  /** @throws before the workspace's creation */
  get catalogue(): Catalogue {
    if (!this.current) throw new Error(`There is no workspace ${this.workspaceId}`);
    return this.current;
  }

  get exists(): boolean {
    return this.current !== null;
  }

  contact(id: ContactId): Contact | null {
    return this.contacts.get(id) ?? null;
  }

  deal(id: DealId): Deal | null {
    return this.deals.get(id) ?? null;
  }

  ownerOf(identity: Identity): Contact | null {
    const id = this.owners.get(identityText(identity));
    return id === undefined ? null : this.contact(id);
  }

  dealsOf(contact: ContactId, originId: string): readonly Deal[] {
    const ids = this.places.get(place(contact, originId)) ?? [];
    return ids.flatMap((id) => this.deals.get(id) ?? []);
  }

  noteCreation(id: DealId, creation: Creation): void {
    this.creations.set(id, creation);
  }

  /** @throws for a deal of which nobody noted where its creation lies */
  creationOf(id: DealId): Creation {
    const creation = this.creations.get(id);
    if (creation === undefined) throw new Error(`Nobody noted where the creation of the deal ${id} lies`);
    return creation;
  }

  /** @param at the events' time, RFC 3339 */
  evolve(events: readonly DomainEvent[], at: string): void {
    for (const event of events) this.evolveOne(aggregateOf(event), at);
  }

  private evolveOne(part: AggregateEvent, at: string): void {
    switch (part.aggregate) {
      case 'catalogue':
        this.current = evolveCatalogue(this.current, part.event);
        this.noteCatalogue(part.event);
        return;
      case 'contact':
        this.keepContact(evolveContact(this.contact(contactIdOf(part.event)), part.event, at));
        return;
      case 'deal':
        this.keepChangedDeal(evolveDeal(this.deal(dealIdOf(part.event)), part.event, at));
        return;
      case 'none':
        return;
    }
  }

  private noteCatalogue(event: Extract<AggregateEvent, { aggregate: 'catalogue' }>['event']): void {
    this.changes.workspace = true;
    switch (event.kind) {
      case 'WorkspaceCreated':
        return;
      case 'OriginGroupCreated':
      case 'OriginGroupUpdated':
        this.changes.groups.add(event.data.id);
        return;
      case 'OriginCreated':
      case 'OriginUpdated':
        this.changes.origins.add(event.data.id);
        return;
      case 'StageCreated':
      case 'StageUpdated':
        this.changes.stages.add(event.data.id);
        return;
      case 'TagCreated':
      case 'TagUpdated':
        this.changes.tags.add(event.data.id);
        return;
      case 'OwnerCreated':
      case 'OwnerUpdated':
        this.changes.owners.add(event.data.id);
        return;
    }
  }

  private keepContact(contact: Contact): void {
    this.contacts.set(contact.id, contact);
    this.changes.contacts.add(contact.id);
    for (const identity of identitiesOf(contact)) {
      const text = identityText(identity);
      if (this.owners.has(text)) continue;
      this.owners.set(text, contact.id);
      this.changes.identities.push({ identity, contactId: contact.id });
    }
  }

  private keepChangedDeal(deal: Deal): void {
    this.keepDeal(deal);
    this.changes.deals.add(deal.id);
  }

  private keepDeal(deal: Deal): void {
    if (!this.deals.has(deal.id)) {
      const key = place(deal.contactId, deal.originId);
      const ids = this.places.get(key);
      if (ids) ids.push(deal.id);
      else this.places.set(key, [deal.id]);
    }
    this.deals.set(deal.id, deal);
  }
}

const place = (contact: ContactId, originId: string) => `${contact} ${originId}`;
