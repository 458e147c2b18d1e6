import type { InboundAppliedV1 } from '@ponte/contracts';
import type { DomainEvent } from '../events.js';

/** What happened, in order. */
export const kinds = (events: readonly DomainEvent[]) => events.map((event) => event.kind);

type EventOf<Kind extends DomainEvent['kind']> = Extract<DomainEvent, { kind: Kind }>;

const isKind =
  <Kind extends DomainEvent['kind']>(kind: Kind) =>
  (event: DomainEvent): event is EventOf<Kind> =>
    event.kind === kind;

/** The one event of a kind. */
export function only<Kind extends DomainEvent['kind']>(events: readonly DomainEvent[], kind: Kind): EventOf<Kind> {
  const found = events.filter(isKind(kind));
  const [event] = found;
  if (!event || found.length > 1) throw new Error(`Expected one ${kind} in ${kinds(events).join(', ')}`);
  return event;
}

/** What an item became. */
export const outcomeOf = (events: readonly DomainEvent[]): InboundAppliedV1 => only(events, 'InboundApplied').data;
