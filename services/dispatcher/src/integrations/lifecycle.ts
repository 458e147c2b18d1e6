import type { OutboundIntegration } from './outbound-integration.entity.js';

/** What a resume does with what happened during the pause. */
export type Held = 'send' | 'discard';

/** Discarded pauses are remembered for events that arrive late; no event is as late as so many pauses. */
const MAX_PERIODS = 50;

/** From now on what happens is held. Pausing twice is pausing once. */
export function paused(integration: OutboundIntegration, now: Date): OutboundIntegration {
  return integration.status === 'paused' ? integration : { ...integration, status: 'paused', pausedAt: now };
}

/** Fires again. `discard`: never for what happened during the pause, however late it is heard of. */
export function resumed(integration: OutboundIntegration, held: Held, now: Date): OutboundIntegration {
  const { pausedAt } = integration;
  if (integration.status === 'active' || pausedAt === null) return integration;
  const active: OutboundIntegration = { ...integration, status: 'active', pausedAt: null };
  if (held === 'send') return active;
  const period = { from: pausedAt.toISOString(), until: now.toISOString() };
  return { ...active, discardedPeriods: [...integration.discardedPeriods, period].slice(-MAX_PERIODS) };
}
