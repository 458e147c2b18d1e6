import { hash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';

/** One round is some 10 µs of native code: of a loop in JavaScript one worker may make ten times what the next does. */
const ROUND = Buffer.alloc(16_384);

/** A worker that makes rounds for as many ms as it is given, and answers how many. */
const until = performance.now() + Number(workerData);
let rounds = 0;
while (performance.now() < until) {
  hash('sha256', ROUND, 'buffer');
  rounds += 1;
}
parentPort?.postMessage({ rounds });
