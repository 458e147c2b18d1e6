import { acceptWorkload } from './accept-workload.js';
import { dealsWorkload } from './deals-workload.js';
import { endToEndWorkload } from './end-to-end-workload.js';
import { growthWorkload } from './growth-workload.js';
import { isolationWorkload } from './isolation-workload.js';
import { memoryWorkload } from './memory-workload.js';
import { rebuildWorkload } from './rebuild-workload.js';
import type { Workload } from './workload.js';

/** In the order in which they run: a later one may leave more in the databases. */
export const workloads: readonly Workload[] = [
  endToEndWorkload,
  isolationWorkload,
  memoryWorkload,
  acceptWorkload,
  dealsWorkload,
  rebuildWorkload,
  growthWorkload,
];
