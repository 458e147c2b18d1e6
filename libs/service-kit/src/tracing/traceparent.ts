import { randomBytes } from 'node:crypto';

/** A position in a distributed trace. Source: https://www.w3.org/TR/trace-context/#traceparent-header */
export interface TraceContext {
  /** 32 lower-case hex digits, the same along the whole way. */
  readonly traceId: string;
  /** 16 lower-case hex digits: this step. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Version 00 must be exactly this long; a later version may carry more, which readers of version 00 ignore. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** @returns the parts of a `traceparent`, or undefined when it is absent or not valid (then a new trace begins). */
export function parseTraceparent(header: string | undefined | null): TraceContext | undefined {
  const match = TRACEPARENT.exec(header?.trim() ?? '');
  if (!match) return undefined;
  const [, version, traceId, spanId, flags, rest] = match;
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** @returns the header's text, always as version 00. */
export function formatTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}

/** @returns a `traceparent` that begins a new trace. */
export function newTraceparent(): string {
  return formatTraceparent({ traceId: randomHex(16), spanId: randomHex(8), sampled: true });
}

/** @returns a `traceparent` for the next step of the same trace, or of a new one when the parent isn't valid. */
export function childOf(traceparent: string | undefined | null): string {
  const parent = parseTraceparent(traceparent);
  return parent ? formatTraceparent({ ...parent, spanId: randomHex(8) }) : newTraceparent();
}

/** All zeroes is the one value that the standard forbids; a random source may produce it once in 2^64. */
function randomHex(bytes: number): string {
  if (poolAt + bytes > pool.length) {
    pool = randomBytes(POOL_BYTES);
    poolAt = 0;
  }
  const hex = pool.toString('hex', poolAt, (poolAt += bytes));
  return /^0+$/.test(hex) ? randomHex(bytes) : hex;
}

/** Random bytes are drawn many at a time: a call for each id would be among the dearest things that a request does. */
const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);
let poolAt = 0;
