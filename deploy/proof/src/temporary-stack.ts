import type { Say } from '@ponte/local';
import { startRig, type Rig } from './world/rig.js';

/** A whole Ponte with servers of its own that nobody breaks. */
export type TemporaryStack = Pick<Rig, 'stack' | 'kafka' | 'stop'>;

/** Starts one of each, as delivered, on free ports, in a folder that goes with it. */
export function startTemporaryStack(say: Say): Promise<TemporaryStack> {
  return startRig({ postgres: 'one', links: false }, say);
}
