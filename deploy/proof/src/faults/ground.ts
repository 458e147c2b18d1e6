import type { Observer } from '../audit/observer.js';
import type { Balancer } from '../load/balancer.js';
import type { FaultWorld } from '../world/fault-world.js';
import type { Receivers } from '../world/receivers.js';
import type { Rig } from '../world/rig.js';

/** What scenarios of one group share. */
export interface Ground {
  readonly rig: Rig;
  readonly world: FaultWorld;
  readonly receivers: Receivers;
  readonly observer: Observer;
  readonly balancer: Balancer | null;
}
