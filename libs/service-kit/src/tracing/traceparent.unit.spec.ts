import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { childOf, currentTrace, currentTraceparent, newTraceparent, parseTraceparent, runWithTrace } from './index.js';

const VALID = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('traceparent', () => {
  it('is read as the standard says', () => {
    expect(parseTraceparent(VALID)).toEqual({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      sampled: true,
    });
    expect(parseTraceparent(VALID.replace(/01$/, '00'))?.sampled).toBe(false);
    expect(parseTraceparent(`01${VALID.slice(2)}-what-the-future-holds`)?.spanId).toBe('00f067aa0ba902b7');
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a zero trace id', VALID.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32))],
    ['a zero span id', VALID.replace('00f067aa0ba902b7', '0'.repeat(16))],
    ['the forbidden version', `ff${VALID.slice(2)}`],
    ['more after version 00', `${VALID}-more`],
    ['upper case', VALID.toUpperCase()],
    ['a short trace id', VALID.replace('4bf92f', '')],
  ])('is not valid with %s', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it('of a child keeps the trace and the sampling, and has a span of its own', () => {
    const child = parseTraceparent(childOf(VALID));
    expect(child).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', sampled: true });
    expect(child?.spanId).not.toBe('00f067aa0ba902b7');
    expect(parseTraceparent(childOf('nonsense'))).toBeDefined();
    expect(parseTraceparent(newTraceparent())).toBeDefined();
  });
});

describe('the current trace', () => {
  it('follows what is awaited, and does not leak into what runs beside it', async () => {
    const seen = await Promise.all(
      [VALID, undefined].map((traceparent) =>
        runWithTrace(traceparent, async () => {
          const before = currentTraceparent();
          await sleep(5);
          return { before, after: currentTraceparent(), trace: currentTrace()?.traceId };
        }),
      ),
    );
    expect(seen[0]?.trace).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(seen[0]?.before).toBe(seen[0]?.after);
    expect(seen[1]?.trace).not.toBe(seen[0]?.trace);
    expect(currentTrace()).toBeUndefined();
  });
});
