import type { Caller } from '../auth/caller.js';

/** What is known about a request besides what Fastify knows; it ends up in the request's one log line. */
export interface RequestContext {
  /** This request's step of its trace. */
  traceparent?: string;
  caller?: Caller;
  /** The code of the problem that it was answered with. */
  problem?: string;
  /** What was thrown, when that isn't the client's doing. */
  error?: unknown;
  /** More fields for the log line, such as ids of what the request made. */
  fields?: Record<string, unknown>;
}

/** On the request itself: with thousands a second, each collection of garbage would go through a WeakMap of them. */
const CONTEXT = Symbol('ponte.context');

interface Carrier {
  [CONTEXT]?: RequestContext;
}

/** @returns the request's context, made on first use. @param request Fastify's request */
export function contextOf(request: object): RequestContext {
  const carrier: Carrier = request;
  return (carrier[CONTEXT] ??= {});
}

/** Adds fields to the request's one log line: ids and counts, never personal data. */
export function addLogFields(request: object, fields: Record<string, unknown>): void {
  const context = contextOf(request);
  context.fields = { ...context.fields, ...fields };
}
