import { describe, expect, it } from '@jest/globals';
import { audit, findingKinds, type Audit, type FindingKind } from './audit.js';
import type { Call, Facts, TopicRecord } from './facts.js';

const deliveryIdOf = (integrationId: string, eventId: string) => `${integrationId}:${eventId}`;
const outbound = [{ integrationId: 'out', trigger: 'DealCreated', originId: 'o1' }];

function record(fields: Partial<TopicRecord> & Pick<TopicRecord, 'position' | 'id'>): TopicRecord {
  return {
    partition: 0,
    offset: BigInt(fields.position - 1),
    predecessorId: null,
    name: 'InboundReceived',
    causationId: null,
    data: {},
    ...fields,
  };
}

const inbound = ['r1', 'r2'].map((requestId, index) =>
  record({
    position: index + 1,
    id: `i${String(index + 1)}`,
    predecessorId: index === 0 ? null : 'i1',
    data: { requestId },
  }),
);

/** Two payloads, each of which creates a deal, is applied, and is delivered. */
function dealsOf(sequence: readonly [name: string, causationId: string, data: object][]): TopicRecord[] {
  return sequence.map(([name, causationId, data], index) =>
    record({
      position: index + 1,
      id: `e${String(index + 1)}`,
      predecessorId: index === 0 ? null : `e${String(index)}`,
      name,
      causationId,
      data,
    }),
  );
}

const created = (deal: string) => ({ deal: { id: deal, origin: { id: 'o1' } } });
const applied = (requestId: string) => ({ requestId, item: 0, outcome: 'created' });
const sequence: [string, string, object][] = [
  ['DealCreated', 'i1', created('d1')],
  ['InboundApplied', 'i1', applied('r1')],
  ['DealCreated', 'i2', created('d1')],
  ['InboundApplied', 'i2', applied('r2')],
];
const call = (eventId: string, arrivedAtMs = 0): Call => ({
  webhookId: `out:${eventId}`,
  arrivedAtMs,
});

const sound: Facts = {
  acknowledged: ['r1', 'r2'],
  inbound,
  deals: dealsOf(sequence),
  outbound,
  calls: [call('e1'), call('e3')],
};

const found = (result: Audit): FindingKind[] => findingKinds.filter((kind) => result.counts[kind] > 0);

describe('the audit', () => {
  it('finds nothing where nothing is wrong', () => {
    const result = audit(sound, deliveryIdOf);
    expect(result.findings).toEqual([]);
    expect(result).toMatchObject({ acknowledged: 2, events: 4, deliveries: 2, repeatedCalls: 0 });
  });

  it('lets a relay repeat records, and a call come again with its webhook-id', () => {
    const repeated = sound.deals.slice(2).map((one) => ({ ...one, offset: one.offset + 10n }));
    const result = audit(
      { ...sound, deals: [...sound.deals, ...repeated], calls: [...sound.calls, call('e1')] },
      deliveryIdOf,
    );
    expect(result.findings).toEqual([]);
    expect(result.repeatedCalls).toBe(1);
  });

  const planted: [string, FindingKind, Facts][] = [
    ['an acknowledged payload that reached no topic', 'lost', { ...sound, acknowledged: ['r1', 'r2', 'r3'] }],
    [
      'a payload without an outcome',
      'lost',
      { ...sound, deals: dealsOf(sequence.slice(0, 3)), acknowledged: ['r1', 'r2'] },
    ],
    [
      'a payload published at two positions',
      'applied_twice',
      {
        ...sound,
        inbound: [...inbound, record({ position: 3, id: 'i3', predecessorId: 'i2', data: { requestId: 'r2' } })],
      },
    ],
    [
      'an outcome that came twice',
      'applied_twice',
      { ...sound, deals: dealsOf([...sequence, ['InboundApplied', 'i2', applied('r2')]]) },
    ],
    ['a hole in a log', 'event_missing', { ...sound, deals: sound.deals.filter((one) => one.id !== 'e2') }],
    [
      'a record that names another predecessor',
      'event_missing',
      { ...sound, deals: sound.deals.map((one) => (one.id === 'e3' ? { ...one, predecessorId: 'other' } : one)) },
    ],
    [
      'a created deal without its event',
      'event_missing',
      { ...sound, deals: dealsOf(sequence.slice(1)), calls: [call('e2')] },
    ],
    [
      'two records at one position',
      'event_doubled',
      { ...sound, deals: [...sound.deals, record({ position: 4, id: 'other', offset: 9n })] },
    ],
    [
      'one event at two positions',
      'event_doubled',
      {
        ...sound,
        deals: [...sound.deals, record({ position: 5, id: 'e1', predecessorId: 'e4', name: 'DealUpdated' })],
      },
    ],
    [
      'the second record before the first',
      'event_out_of_order',
      {
        ...sound,
        deals: sound.deals.map((one) => (one.position <= 2 ? { ...one, offset: BigInt(2 - one.position) } : one)),
      },
    ],
    [
      'payloads applied in another order than they were published',
      'event_out_of_order',
      { ...sound, deals: dealsOf([...sequence.slice(2), ...sequence.slice(0, 2)]) },
    ],
    ['an event that no call brought', 'delivery_missing', { ...sound, calls: [call('e1')] }],
    ['a call that no event explains', 'delivery_unexpected', { ...sound, calls: [...sound.calls, call('e9')] }],
    ['calls of one deal in the wrong order', 'delivery_out_of_order', { ...sound, calls: [call('e3'), call('e1')] }],
  ];

  it.each(planted)('sees %s as %s', (_defect, kind, facts) => {
    expect(found(audit(facts, deliveryIdOf))).toContain(kind);
  });
});
