export { childOf, formatTraceparent, newTraceparent, parseTraceparent } from './traceparent.js';
export type { TraceContext } from './traceparent.js';
export { continueTrace, currentTrace, currentTraceparent, runWithTrace } from './current-trace.js';
