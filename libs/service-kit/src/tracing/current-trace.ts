import { AsyncLocalStorage } from 'node:async_hooks';
import { childOf, parseTraceparent, type TraceContext } from './traceparent.js';

const storage = new AsyncLocalStorage<string>();

/** @returns the `traceparent` of the step being worked on, to be passed on in headers; undefined outside any. */
export function currentTraceparent(): string | undefined {
  return storage.getStore();
}

/** @returns the trace of the step being worked on, for log lines; undefined outside any. */
export function currentTrace(): TraceContext | undefined {
  return parseTraceparent(storage.getStore());
}

/**
 * Runs `work` as a new step of the trace that `traceparent` names (of a new trace when it is absent or not valid).
 * Everything that it awaits sees this step as `currentTrace()`.
 */
export function runWithTrace<T>(traceparent: string | undefined | null, work: () => T): T {
  return storage.run(childOf(traceparent), work);
}

/** Runs `work` in exactly this step, for callbacks that lost it (streams, event emitters). */
export function continueTrace<T>(traceparent: string, work: () => T): T {
  return storage.run(traceparent, work);
}
