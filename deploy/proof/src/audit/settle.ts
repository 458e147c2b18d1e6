import { setTimeout as sleep } from 'node:timers/promises';
import { audit, type Audit, type DeliveryIdOf } from './audit.js';
import type { Facts } from './facts.js';
import type { Observed, Observer } from './observer.js';

export interface SettleOptions {
  readonly observer: Observer;
  /** What the sender and the harness know; the observer adds what lies in topics and logs. */
  readonly facts: () => Omit<Facts, keyof Observed>;
  readonly deliveryIdOf: DeliveryIdOf;
  /** How long nothing may move before what is missing counts as missing. */
  readonly quietMs: number;
  readonly onProgress: (waitingFor: string) => void;
}

const LOOK_EVERY_MS = 500;
/** When nothing is missing any more, what would come a second time has so long. */
const STILL_MS = 1_000;

/** Waits until nothing is missing, or until nothing has moved for a while, and audits. */
export async function settleAndAudit(options: SettleOptions): Promise<{ result: Audit; settledAtMs: number }> {
  const { observer, deliveryIdOf, quietMs, onProgress } = options;
  let moved = '';
  let movedAtMs = Date.now();
  for (;;) {
    const unread = await observer.read();
    const result = audit({ ...options.facts(), ...observer.seen() }, deliveryIdOf);
    const isDone = unread === null && result.pending === 0;
    const state = `${observer.count()}/${String(options.facts().calls.length)}`;
    if (state !== moved) {
      moved = state;
      movedAtMs = Date.now();
    } else if (isDone && Date.now() - movedAtMs >= STILL_MS) {
      return { result, settledAtMs: movedAtMs };
    }
    if (Date.now() - movedAtMs > quietMs) return { result, settledAtMs: movedAtMs };
    onProgress(unread ?? waitingFor(result));
    await sleep(LOOK_EVERY_MS);
  }
}

function waitingFor({ counts, pending }: Audit): string {
  if (pending === 0) return 'all is there; waiting for quiet';
  return `${String(counts.lost)} outcomes, ${String(counts.delivery_missing)} calls, ${String(pending)} things in all to come`;
}
