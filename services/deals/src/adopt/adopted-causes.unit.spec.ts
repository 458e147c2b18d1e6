import { describe, expect, it } from '@jest/globals';
import { InboundAppliedV1, writeEvent } from '@ponte/contracts';
import type { LogRecord } from '@ponte/event-log';
import { id } from '../testing/inbound.spec-support.js';
import { causesOf } from './adopted-causes.js';

let position = 0;
const record = (more: Partial<LogRecord>): LogRecord => ({
  ...{ id: id(1), type: 'ponte.DealCreated.v1', workspaceId: id(2), subject: 'deal/x', time: new Date(), data: '{}' },
  ...{ correlationId: id(3), causationId: null, traceparent: null, hops: 0, predecessorId: null },
  ...{ partition: 7, position: ++position },
  ...more,
});
const outcome = (inbound: number, item: number, items: number, more: Partial<InboundAppliedV1> = {}) =>
  record({
    type: InboundAppliedV1.type,
    causationId: id(100 + inbound),
    data: writeEvent(InboundAppliedV1, {
      ...{ requestId: id(4), integrationId: id(5), inbound: { partition: 7, position: inbound }, item, items },
      ...{ outcome: 'created', reason: null, contactId: null, dealId: null, matchedBy: null, conflict: null },
      ...{ warnings: [], appliedAt: '2026-11-24T10:00:00.000Z', ...more },
    }),
  });

describe('adopted records', () => {
  it('say up to where inbound records were applied to their end', () => {
    const { finished } = causesOf([outcome(8, 0, 2), outcome(8, 1, 2), outcome(9, 0, 1), outcome(10, 0, 3)]);
    expect(finished).toEqual([{ partition: 7, position: 9, recordId: id(109) }]);
  });

  it('say which inbound records went to the dead letters, which no copy holds', () => {
    const failed = (reason: string) => outcome(8, 0, 1, { outcome: 'failed', reason });
    expect(causesOf([failed('unreadable'), failed('internal_error'), failed('too_large')]).poisoned).toBe(2);
  });

  it('name the commands that a key may repeat, with their last position, and not those without a key', () => {
    const key = '00000000-0000-5000-8000-000000000001';
    const records = [record({ correlationId: key }), record({ correlationId: key }), record({})];
    expect(causesOf(records).commands).toEqual([{ workspaceId: id(2), id: key, position: records[1]?.position }]);
  });
});
