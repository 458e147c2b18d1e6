import type { Label } from '@ponte/contracts';
import { entry, evolveCatalogue, findTagByLabel, labelOf, type Catalogue } from '../catalogue/catalogue.js';
import { evolveContact, type Contact, type ContactEvent } from '../contacts/contact.js';
import { evolveDeal, type Deal, type DealEvent } from '../deals/deal.js';
import type { Birth } from '../deals/decide.js';
import type { DomainEvent } from '../events.js';
import { entityId } from '../ids.js';
import type { WantedTag } from './intent.js';

/** The events of one cause as they are told one after the other, and what is true after each of them. */
export class Story {
  readonly events: DomainEvent[] = [];

  constructor(
    readonly cause: string,
    /** The time of every event, RFC 3339. */
    readonly now: string,
    public catalogue: Catalogue,
  ) {}

  contactBorn(birth: Extract<ContactEvent, { kind: 'ContactCreated' }>): Contact {
    this.events.push(birth);
    return evolveContact(null, birth, this.now);
  }

  dealBorn([created, entered]: Birth): Deal {
    this.events.push(created);
    return this.deal(evolveDeal(null, created, this.now), [entered]);
  }

  /** @returns the contact after the events, which are those of one decision about it as it was `before` */
  contact(before: Contact, events: readonly ContactEvent[]): Contact {
    this.events.push(...events);
    return events.reduce((state, event) => evolveContact(state, event, this.now), before);
  }

  /** @returns the deal after the events, which are those of one decision about it as it was `before` */
  deal(before: Deal, events: readonly DealEvent[]): Deal {
    this.events.push(...events);
    return events.reduce((state, event) => evolveDeal(state, event, this.now), before);
  }

  /** The labels of wanted tags, each once; a label that is unknown becomes a tag first. */
  tags(wanted: readonly WantedTag[]): Label[] {
    const labels = new Map<string, Label>();
    for (const tag of wanted) {
      const label = tag.kind === 'id' ? labelOf(entry(this.catalogue.tags, tag.id, 'tag')) : this.tagOf(tag.label);
      labels.set(label.id, label);
    }
    return [...labels.values()];
  }

  private tagOf(label: string): Label {
    const found = findTagByLabel(this.catalogue, label);
    if (found) return labelOf(found);
    const id = entityId(this.cause, `tag/${String(this.events.length)}`);
    const created = { kind: 'TagCreated' as const, data: { id, name: label, archived: false } };
    this.events.push(created);
    this.catalogue = evolveCatalogue(this.catalogue, created);
    return { id, name: label };
  }
}
