import { parentPort, workerData } from 'node:worker_threads';

/** A worker that counts for as many ms as it is given, and answers how far it came. */
const until = performance.now() + Number(workerData);
let rounds = 0;
let sum = 0;
while (performance.now() < until) {
  for (let step = 0; step < 20_000; step += 1) sum = (sum + step) | 0;
  rounds += 1;
}
// The sum is told too, so that no compiler leaves the counting out.
parentPort?.postMessage({ rounds, sum });
