import { Counter, Gauge, type Registry } from '@ponte/service-kit';
import type { OutcomeGaps } from './outcome-gaps.service.js';

/** What the proof of outcomes tells of itself. @returns to be told of new gaps */
export function exposeOutcomes(registry: Registry, gaps: OutcomeGaps): (count: number) => void {
  const registers = [registry];
  const found = new Counter({
    name: 'ponte_outcome_gaps_total',
    help: 'Outcomes that were found missing or that came again.',
    registers,
  });
  new Gauge({
    name: 'ponte_outcomes_outstanding_records',
    help: 'Payloads that were published and have no outcome yet.',
    registers,
    async collect() {
      // While the database is away there is nothing to say; readiness says that it is.
      const count = await gaps.outstanding().catch(() => null);
      if (count === null) this.reset();
      else this.set(count);
    },
  });
  return (count) => {
    found.inc(count);
  };
}
