import type { Facts, OutboundFact, TopicRecord } from './facts.js';

/** One thing that is not as it should be, with the ids that lead to it. */
export interface Finding {
  readonly kind: FindingKind;
  readonly ids: readonly string[];
}

export type FindingKind =
  | 'lost'
  | 'applied_twice'
  | 'event_missing'
  | 'event_doubled'
  | 'event_out_of_order'
  | 'delivery_missing'
  | 'delivery_unexpected'
  | 'delivery_out_of_order';

export interface Audit {
  readonly acknowledged: number;
  readonly events: number;
  readonly deliveries: number;
  /** Calls that came again with the webhook-id of an earlier one: allowed, and counted. */
  readonly repeatedCalls: number;
  readonly counts: Readonly<Record<FindingKind, number>>;
  readonly findings: readonly Finding[];
}

export const findingKinds: readonly FindingKind[] = [
  'lost',
  'applied_twice',
  'event_missing',
  'event_doubled',
  'event_out_of_order',
  'delivery_missing',
  'delivery_unexpected',
  'delivery_out_of_order',
];

/** The id of the delivery of an event to an integration, as the receiver sees it in `webhook-id`. */
export type DeliveryIdOf = (integrationId: string, eventId: string) => string;

/** Judges every hop from what the sender, the topics and the receiver saw. Pure: the same facts, the same audit. */
export function audit(facts: Facts, deliveryIdOf: DeliveryIdOf): Audit {
  const inbound = firstOccurrences(facts.inbound);
  const deals = firstOccurrences(facts.deals);
  const expected = expectedDeliveries(deals.records, facts.outbound, deliveryIdOf);
  const findings = [
    ...inbound.findings,
    ...deals.findings,
    ...auditPayloads(facts, inbound.records, deals.records),
    ...auditOrderOfEvents(inbound.records, deals.records),
    ...auditCalls(facts, expected),
  ];
  const counts: Record<FindingKind, number> = {
    lost: 0,
    applied_twice: 0,
    event_missing: 0,
    event_doubled: 0,
    event_out_of_order: 0,
    delivery_missing: 0,
    delivery_unexpected: 0,
    delivery_out_of_order: 0,
  };
  for (const finding of findings) counts[finding.kind] += 1;
  return {
    acknowledged: facts.acknowledged.length,
    events: deals.records.length,
    deliveries: expected.size,
    repeatedCalls: facts.calls.length - new Set(facts.calls.map((call) => call.webhookId)).size,
    counts,
    findings,
  };
}

/**
 * A topic may repeat records (a relay that was stopped between send and checkpoint); what counts is that the first
 * occurrences are 1, 2, 3 … with each naming the one before, and that a position never means two records.
 */
function firstOccurrences(records: readonly TopicRecord[]): { records: TopicRecord[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const kept: TopicRecord[] = [];
  const placeOfId = new Map<string, string>();
  const byPlace = new Map<string, TopicRecord>();
  const reached = new Map<number, TopicRecord>();
  for (const record of [...records].sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset))) {
    const earlier = byPlace.get(place(record));
    if (earlier) {
      if (earlier.id !== record.id) findings.push({ kind: 'event_doubled', ids: [earlier.id, record.id] });
      continue;
    }
    const last = reached.get(record.partition);
    const follows = record.position === (last?.position ?? 0) + 1 && record.predecessorId === (last?.id ?? null);
    if (!follows) {
      const kind = record.position <= (last?.position ?? 0) ? 'event_out_of_order' : 'event_missing';
      findings.push({ kind, ids: [`before ${place(record)}`, record.id] });
    }
    const other = placeOfId.get(record.id);
    if (other !== undefined) findings.push({ kind: 'event_doubled', ids: [record.id, other, place(record)] });
    placeOfId.set(record.id, place(record));
    byPlace.set(place(record), record);
    if (record.position > (last?.position ?? 0)) reached.set(record.partition, record);
    kept.push(record);
  }
  return { records: kept, findings };
}

const place = (record: TopicRecord) => `${String(record.partition)}/${String(record.position)}`;

/** Every acknowledged payload is in the inbound topic once, and has one outcome an item. */
function auditPayloads(facts: Facts, inbound: readonly TopicRecord[], deals: readonly TopicRecord[]): Finding[] {
  const published = countBy(inbound, (record) => textAt(record.data, 'requestId'));
  const outcomes = countBy(
    deals.filter((record) => record.name === 'InboundApplied'),
    (record) => `${textAt(record.data, 'requestId')}/${textAt(record.data, 'item')}`,
  );
  const applied = new Set([...outcomes.keys()].map((key) => key.split('/')[0]));
  const findings: Finding[] = [];
  for (const requestId of new Set(facts.acknowledged)) {
    if (!published.has(requestId) || !applied.has(requestId)) findings.push({ kind: 'lost', ids: [requestId] });
  }
  for (const [requestId, times] of published) {
    if (times > 1) findings.push({ kind: 'applied_twice', ids: [requestId] });
  }
  for (const [item, times] of outcomes) {
    if (times > 1) findings.push({ kind: 'applied_twice', ids: [item] });
  }
  const born = new Set(deals.filter((record) => record.name === 'DealCreated').map((record) => record.causationId));
  for (const record of deals) {
    if (record.name !== 'InboundApplied' || textAt(record.data, 'outcome') !== 'created') continue;
    if (!born.has(record.causationId)) {
      findings.push({ kind: 'event_missing', ids: [`DealCreated of ${String(record.causationId)}`] });
    }
  }
  return findings;
}

/** What deals says follows the order of what ingress said: per partition, causes come in the order of their positions. */
function auditOrderOfEvents(inbound: readonly TopicRecord[], deals: readonly TopicRecord[]): Finding[] {
  const positionOf = new Map(inbound.map((record) => [record.id, record.position]));
  const reached = new Map<number, number>();
  const findings: Finding[] = [];
  for (const record of deals) {
    const position = record.causationId === null ? undefined : positionOf.get(record.causationId);
    if (position === undefined) continue;
    if (position < (reached.get(record.partition) ?? 0)) {
      findings.push({ kind: 'event_out_of_order', ids: [record.id, place(record)] });
    }
    reached.set(record.partition, Math.max(position, reached.get(record.partition) ?? 0));
  }
  return findings;
}

interface ExpectedDelivery {
  readonly lane: string;
  readonly position: number;
}

function expectedDeliveries(
  deals: readonly TopicRecord[],
  outbound: readonly OutboundFact[],
  deliveryIdOf: DeliveryIdOf,
): Map<string, ExpectedDelivery> {
  const expected = new Map<string, ExpectedDelivery>();
  for (const record of deals) {
    const deal = memberAt(record.data, 'deal');
    const originId = textAt(memberAt(deal, 'origin'), 'id');
    for (const integration of outbound) {
      if (integration.trigger !== record.name || integration.originId !== originId) continue;
      expected.set(deliveryIdOf(integration.integrationId, record.id), {
        lane: `${integration.integrationId}/${textAt(deal, 'id')}`,
        position: record.position,
      });
    }
  }
  return expected;
}

/** Order at the receiver is judged by the first arrival of each webhook-id, per (integration, deal). */
function auditCalls(facts: Facts, expected: ReadonlyMap<string, ExpectedDelivery>): Finding[] {
  const findings: Finding[] = [];
  const arrived = new Set<string>();
  const reached = new Map<string, number>();
  for (const call of facts.calls) {
    if (arrived.has(call.webhookId)) continue;
    arrived.add(call.webhookId);
    const delivery = expected.get(call.webhookId);
    if (!delivery) {
      findings.push({ kind: 'delivery_unexpected', ids: [call.webhookId] });
      continue;
    }
    if (delivery.position < (reached.get(delivery.lane) ?? 0)) {
      findings.push({ kind: 'delivery_out_of_order', ids: [call.webhookId, delivery.lane] });
    }
    reached.set(delivery.lane, Math.max(delivery.position, reached.get(delivery.lane) ?? 0));
  }
  for (const [webhookId, delivery] of expected) {
    if (!arrived.has(webhookId)) findings.push({ kind: 'delivery_missing', ids: [webhookId, delivery.lane] });
  }
  return findings;
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

function memberAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function textAt(value: unknown, key: string): string {
  const member = memberAt(value, key);
  return typeof member === 'string' || typeof member === 'number' ? String(member) : '';
}
