import { Counter, type Registry } from '@ponte/service-kit';
import type { DomainEvent } from '../events.js';

/** Counts outcomes and events. @returns to be told of what was committed */
export function countOutcomes(registry: Registry): (events: readonly DomainEvent[]) => void {
  const outcomes = new Counter({
    name: 'ponte_inbound_items_total',
    help: 'Items of payloads by what became of them.',
    labelNames: ['outcome', 'reason'],
    registers: [registry],
  });
  const told = new Counter({
    name: 'ponte_deal_events_total',
    help: 'Events that inbound payloads made, by their type.',
    labelNames: ['type'],
    registers: [registry],
  });
  return (events) => {
    for (const event of events) {
      told.inc({ type: event.kind });
      if (event.kind !== 'InboundApplied') continue;
      outcomes.inc({ outcome: event.data.outcome, reason: event.data.reason ?? '' });
    }
  };
}
