import { describe, expect, it } from '@jest/globals';
import type { EventLog } from '@ponte/event-log';
import { knownToBeLatest } from './known-to-be-latest.js';

describe('deliveries', () => {
  const at = { open: false, halted: false, state: 'failing', now: 0 };
  const log = {
    gate: { isOpen: () => at.open, isHalted: () => at.halted, reason: () => null, whenOpen: () => Promise.resolve() },
    status: () => ({ relay: { state: at.state } }) as ReturnType<EventLog['status']>,
  };
  const mayCall = knownToBeLatest(log, () => at.now);
  const seen = (change: Partial<typeof at>) => {
    Object.assign(at, change);
    return mayCall();
  };

  it('wait until it is known that no restore has taken back their ends, and without Kafka only a while', () => {
    expect(seen({})).toBe(false);
    expect(seen({ now: 9_000 })).toBe(false);
    expect(seen({ now: 11_000 })).toBe(true);
    expect(seen({ state: 'checking' })).toBe(false);
    expect(seen({ open: true })).toBe(true);
    expect(seen({ open: false, now: 12_000 })).toBe(false);
    expect(seen({ halted: true, now: 1_000_000 })).toBe(false);
  });
});
