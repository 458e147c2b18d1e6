import type { Call, Facts, LogRow, Posted, TopicRecord } from './facts.js';

/** A small sound run to plant defects in: two payloads, each creates a deal's events, is applied and delivered. */

export const deliveryIdOf = (integrationId: string, eventId: string) => `${integrationId}:${eventId}`;
export const outbound = [{ integrationId: 'out', trigger: 'DealCreated', originId: 'o1', reachable: true }];
export const traceOf = (cause: string) => `00-trace-of-${cause}-1-01`.replace('trace-of-', 'trace_of_');

export function record(fields: Partial<TopicRecord> & Pick<TopicRecord, 'position' | 'id'>): TopicRecord {
  return {
    partition: 0,
    offset: BigInt(fields.position - 1),
    predecessorId: null,
    name: 'InboundReceived',
    causationId: null,
    traceparent: traceOf(fields.causationId ?? fields.id),
    data: {},
    ...fields,
  };
}

/** Records of one partition, each naming the one before. */
export function chain(prefix: string, links: readonly [name: string, causationId: string | null, data: object][]) {
  return links.map(([name, causationId, data], index) =>
    record({
      position: index + 1,
      id: `${prefix}${String(index + 1)}`,
      predecessorId: index === 0 ? null : `${prefix}${String(index)}`,
      name,
      causationId,
      data,
    }),
  );
}

export const rowsOf = (records: readonly TopicRecord[]): LogRow[] =>
  records.map(({ partition, position, id, predecessorId }) => ({ partition, position, id, predecessorId }));

export const created = (deal: string) => ({ deal: { id: deal, origin: { id: 'o1' } } });
export const applied = (requestId: string, outcome = 'created') => ({ requestId, item: 0, outcome, dealId: 'd1' });
export const sequence: [string, string, object][] = [
  ['DealCreated', 'i1', created('d1')],
  ['InboundApplied', 'i1', applied('r1')],
  ['DealCreated', 'i2', created('d1')],
  ['InboundApplied', 'i2', applied('r2')],
];

export const posted = (number: number, fields: Partial<Posted> = {}): Posted => ({
  deliveryId: `p${String(number)}`,
  bytesHash: `h${String(number)}`,
  requestId: `r${String(number)}`,
  sentAtMs: number * 1_000,
  acknowledgedAtMs: number * 1_000 + 10,
  ...fields,
});

export const call = (eventId: string, fields: Partial<Call> = {}): Call => ({
  webhookId: `out:${eventId}`,
  arrivedAtMs: 100_000,
  answered: 'well',
  traceparent: null,
  ...fields,
});

export const inbound: [string, null, object][] = [
  ['InboundReceived', null, { requestId: 'r1', bytesHash: 'h1' }],
  ['InboundReceived', null, { requestId: 'r2', bytesHash: 'h2' }],
];
const received = chain('i', inbound);
const deals = chain('e', sequence);
const deliveries = chain('x', [
  ['DeliverySucceeded', 'e1', { deliveryId: 'out:e1' }],
  ['DeliverySucceeded', 'e3', { deliveryId: 'out:e3' }],
]);

export const sound: Facts = {
  posted: [posted(1), posted(2)],
  refused: [],
  topics: { ingress: received, deals, dispatcher: deliveries },
  logs: { ingress: rowsOf(received), deals: rowsOf(deals), dispatcher: rowsOf(deliveries) },
  heads: { ingress: new Map(), deals: new Map(), dispatcher: new Map() },
  dealsBegan: new Map(),
  outbound,
  calls: [call('e1'), call('e3')],
  disturbances: [],
  saidLost: new Set(),
};

/** The sound run with other records in one topic; its log holds the same. */
export function withTopic(
  owner: keyof Facts['topics'],
  records: readonly TopicRecord[],
  more: Partial<Facts> = {},
): Facts {
  return {
    ...sound,
    topics: { ...sound.topics, [owner]: records },
    logs: { ...sound.logs, [owner]: rowsOf(records) },
    ...more,
  };
}
