import { describe, expect, it } from '@jest/globals';
import type { Arrival, ArrivalResult } from './arrival.js';
import { publishedRecords } from './published-records.js';

const arrival = (id: string): Arrival => ({
  ...{ id, workspaceId: 'w', integrationId: 'i', partition: 3, receivedAt: new Date(0) },
  ...{ method: 'POST', contentType: 'application/json', size: 2, headers: '[]', query: '', body: Buffer.from('{}') },
  answer: { status: 200, code: 'accepted' },
  content: { kind: 'payload', delivery: null, items: 1, record: { data: '{}', traceparent: 't', hops: 0 } },
});
const published = (requestId: string, position: number, predecessorId: string | null): ArrivalResult => ({
  ...{ kind: 'published', requestId, position, predecessorId },
});

describe('what is told of received records', () => {
  it('is each record in its place, what an earlier try wrote too, whose predecessor is not known', () => {
    const results = [published('a', 1, null), published('b', 7, null), published('c', 8, 'b')];
    const records = publishedRecords(['a', 'b', 'c'].map(arrival), results);
    expect(records.map(({ id, position, predecessorId }) => [id, position, predecessorId])).toEqual([
      ['a', 1, null],
      ['b', 7, undefined],
      ['c', 8, 'b'],
    ]);
  });

  it('is nothing of what was not published', () => {
    const results: ArrivalResult[] = [
      { kind: 'held', requestId: 'a' },
      { kind: 'duplicate', requestId: 'x' },
    ];
    expect(publishedRecords([arrival('a'), arrival('b')], results)).toEqual([]);
  });
});
