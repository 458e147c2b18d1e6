import { createRequire } from 'node:module';

/** The part of a connection's queue of requests, as kafkajs has it, that tells when it must be looked at again. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const REQUEST_QUEUE = 'kafkajs/src/network/requestQueue/index.js';

/**
 * Lets a connection rest whose queue is empty. kafkajs looks at it every millisecond from the first answer on, with a
 * wait reckoned from -1, of which Node warns besides: a thousand wake-ups a second in each process, however little it
 * has to do (https://github.com/tulios/kafkajs/issues/1704). Whatever enters the queue has it looked at again.
 */
export function letIdleQueuesRest(): void {
  const { prototype } = createRequire(import.meta.url)(REQUEST_QUEUE) as { prototype: RequestQueue };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}
