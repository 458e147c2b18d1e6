import type { Call, Disturbance, Facts, OutboundFact, TopicRecord } from './facts.js';
import { tracesOf, type Finding } from './findings.js';
import { memberAt, textAt } from './values.js';

/** The id of the delivery of an event to an integration, as the receiver sees it in `webhook-id`. */
export type DeliveryIdOf = (integrationId: string, eventId: string) => string;

export interface ExpectedDelivery {
  /** Integration and deal: what goes in order. */
  readonly lane: string;
  readonly position: number;
  readonly reachable: boolean;
  readonly traceparent: string | null;
}

export function expectedDeliveries(
  deals: readonly TopicRecord[],
  outbound: readonly OutboundFact[],
  deliveryIdOf: DeliveryIdOf,
): Map<string, ExpectedDelivery> {
  const expected = new Map<string, ExpectedDelivery>();
  const firing = Map.groupBy(outbound, ({ trigger, originId }) => `${trigger} ${originId}`);
  for (const record of deals) {
    const deal = memberAt(record.data, 'deal');
    const originId = textAt(memberAt(deal, 'origin'), 'id');
    for (const { integrationId, reachable } of firing.get(`${record.name} ${originId}`) ?? []) {
      expected.set(deliveryIdOf(integrationId, record.id), {
        lane: `${integrationId}/${textAt(deal, 'id')}`,
        position: record.position,
        reachable,
        traceparent: record.traceparent,
      });
    }
  }
  return expected;
}

/** Order at the receiver is judged by the first arrival of each webhook-id, per (integration, deal). */
export function auditCalls(facts: Facts, expected: ReadonlyMap<string, ExpectedDelivery>): Finding[] {
  const findings: Finding[] = [];
  const callsOf = Map.groupBy(facts.calls, (call) => call.webhookId);
  const reached = new Map<string, number>();
  // Groups stand in the order of their first call.
  for (const [webhookId, calls] of callsOf) {
    const delivery = expected.get(webhookId);
    const traces = tracesOf(delivery?.traceparent, calls[0]?.traceparent);
    if (delivery === undefined || !delivery.reachable) {
      findings.push({ kind: 'delivery_unexpected', ids: [webhookId], traces });
      continue;
    }
    const { lane, position } = delivery;
    const before = reached.get(lane) ?? 0;
    if (position < before) findings.push({ kind: 'delivery_out_of_order', ids: [webhookId, lane], traces });
    reached.set(lane, Math.max(position, before));
    const repeats = calls.slice(1).filter((_, index) => !mayComeAgain(calls[index], facts.disturbances));
    if (repeats.length > 0) findings.push({ kind: 'call_repeated', ids: [webhookId, lane], traces });
  }
  for (const [webhookId, { lane, reachable, traceparent }] of expected) {
    if (!reachable || callsOf.get(webhookId)?.some((call) => call.answered === 'well')) continue;
    findings.push({ kind: 'delivery_missing', ids: [webhookId, lane], traces: tracesOf(traceparent) });
  }
  return findings;
}

const BEFORE_MS = 5_000;
const AFTER_MS = 10_000;

/** A failed call is tried again, and one that was in flight, or not yet recorded, when something broke may be. */
function mayComeAgain(call: Call | undefined, disturbances: readonly Disturbance[]): boolean {
  if (call === undefined || call.answered === 'badly') return true;
  const { arrivedAtMs } = call;
  return disturbances.some(({ fromMs, toMs }) => arrivedAtMs > fromMs - BEFORE_MS && arrivedAtMs < toMs + AFTER_MS);
}

/** Every expected delivery is told of in the dispatcher's log once: as succeeded, or as failed where it can't arrive. */
export function auditEndsOfDeliveries(
  expected: ReadonlyMap<string, ExpectedDelivery>,
  deliveries: readonly TopicRecord[],
): { findings: Finding[]; open: number } {
  const findings: Finding[] = [];
  const ended = new Set<string>();
  for (const record of deliveries) {
    const deliveryId = textAt(record.data, 'deliveryId');
    const delivery = expected.get(deliveryId);
    if (delivery === undefined) continue;
    const traces = tracesOf(record.traceparent, delivery.traceparent);
    if (ended.has(deliveryId))
      findings.push({ kind: 'event_doubled', ids: [record.id, record.name, deliveryId], traces });
    ended.add(deliveryId);
    const name = delivery.reachable ? 'DeliverySucceeded' : 'DeliveryFailed';
    if (record.name !== name) findings.push({ kind: 'delivery_missing', ids: [deliveryId, record.name], traces });
  }
  const open = [...expected].filter(([deliveryId]) => !ended.has(deliveryId));
  for (const [deliveryId, { traceparent }] of open) {
    findings.push({ kind: 'event_missing', ids: [`end of ${deliveryId}`], traces: tracesOf(traceparent) });
  }
  return { findings, open: open.length };
}
