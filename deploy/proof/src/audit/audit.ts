import { auditCalls, auditEndsOfDeliveries, expectedDeliveries, type DeliveryIdOf } from './audit-calls.js';
import { auditLog } from './audit-log.js';
import { auditOrderOfEvents, auditOrderOfPayloads } from './audit-order.js';
import { auditPayloads } from './audit-payloads.js';
import { firstOccurrences } from './audit-topic.js';
import { logOwners, type Facts, type TopicRecord } from './facts.js';
import { findingKinds, type Finding, type FindingKind } from './findings.js';

export interface Audit {
  /** Payloads with a 200, each delivery id once. */
  readonly acknowledged: number;
  readonly events: number;
  readonly deliveries: number;
  /** Calls that came again with the webhook-id of an earlier one, retries of failed ones left out. */
  readonly repeatedCalls: number;
  /** Whether every log goes on 1, 2, 3 … and holds what its topic holds. */
  readonly contiguous: boolean;
  /** What the system was not yet through with. */
  readonly pending: number;
  readonly counts: Readonly<Record<FindingKind, number>>;
  readonly findings: readonly Finding[];
  /** What is lost as the system itself says: no copy held it. */
  readonly named: readonly Finding[];
}

export { type DeliveryIdOf };

/** Judges every hop from what the sender, the topics, the logs and the receiver saw. Pure: the same facts, the same audit. */
export function audit(facts: Facts, deliveryIdOf: DeliveryIdOf): Audit {
  const { topics, heads, logs } = facts;
  const inbound = firstOccurrences(topics.ingress, heads.ingress);
  const deals = firstOccurrences(topics.deals, heads.deals);
  const deliveries = firstOccurrences(topics.dispatcher, heads.dispatcher);
  const firsts = { ingress: inbound, deals, dispatcher: deliveries };
  const inLogs = logOwners.map((owner) => auditLog(owner, logs[owner], firsts[owner].records, heads[owner]));
  const isNew = ({ partition, position }: TopicRecord) => position > (facts.dealsBegan.get(partition)?.position ?? 0);
  const expected = expectedDeliveries(deals.records.filter(isNew), facts.outbound, deliveryIdOf);
  const ends = auditEndsOfDeliveries(expected, deliveries.records);
  const payloads = auditPayloads(facts, inbound.records, deals.records);
  const findings = [
    ...[inbound, deals, deliveries].flatMap((one) => one.findings),
    ...payloads.findings,
    ...auditOrderOfPayloads(facts.posted, inbound.records),
    ...auditOrderOfEvents(inbound.records, deals.records),
    ...auditCalls(facts, expected),
    ...ends.findings,
    ...inLogs.flatMap((one) => one.findings),
    ...facts.refused.map(({ deliveryId, status }): Finding => {
      return { kind: 'refused', ids: [deliveryId, status === null ? 'no answer' : String(status)], traces: [] };
    }),
  ];
  const counts = countKinds(findings);
  const unrelayed = inLogs.reduce((sum, one) => sum + one.unrelayed, 0);
  return {
    acknowledged: new Set(facts.posted.map((one) => one.deliveryId)).size,
    events: deals.records.length,
    deliveries: expected.size,
    repeatedCalls: countRepeats(facts),
    contiguous: counts.log_broken === 0 && counts.log_unlike_topic === 0,
    pending: counts.lost + counts.delivery_missing + unrelayed + ends.open,
    counts,
    findings,
    named: payloads.named,
  };
}

/** How often each kind of finding stands in a list. */
export function countKinds(findings: readonly Finding[]): Record<FindingKind, number> {
  const zero = Object.fromEntries(findingKinds.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  for (const { kind } of findings) zero[kind] += 1;
  return zero;
}

function countRepeats({ calls }: Facts): number {
  const well = calls.filter((call) => call.answered === 'well');
  return well.length - new Set(well.map((call) => call.webhookId)).size;
}
