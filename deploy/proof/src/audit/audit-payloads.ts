import type { Facts, Posted, TopicRecord } from './facts.js';
import { tracesOf, type Finding } from './findings.js';
import { countBy, place, textAt } from './values.js';

export interface AuditedPayloads {
  readonly findings: readonly Finding[];
  /** Lost, as the system itself says. */
  readonly named: readonly Finding[];
}

/**
 * Every acknowledged payload is in the inbound topic once, whichever of its posts it came of, and has one outcome an
 * item.
 */
export function auditPayloads(
  facts: Facts,
  inbound: readonly TopicRecord[],
  deals: readonly TopicRecord[],
): AuditedPayloads {
  const published = new Map<string, TopicRecord>();
  const byBytes = new Map<string, TopicRecord>();
  const findings: Finding[] = [];
  for (const record of inbound) {
    const requestId = textAt(record.data, 'requestId');
    const bytes = textAt(record.data, 'bytesHash');
    const earlier = published.get(requestId) ?? byBytes.get(bytes);
    if (earlier !== undefined) findings.push(twice([requestId, earlier.id, record.id], earlier, record));
    if (!published.has(requestId)) published.set(requestId, record);
    if (bytes !== '' && !byBytes.has(bytes)) byBytes.set(bytes, record);
  }
  const outcomes = deals.filter((record) => record.name === 'InboundApplied');
  const recordOf = (post: Posted) => published.get(post.requestId) ?? byBytes.get(post.bytesHash);
  const lost = auditLost(facts, recordOf, outcomes);
  findings.push(...lost.findings);
  const seen = new Set<string>();
  for (const record of outcomes) {
    const item = `${textAt(record.data, 'requestId')}/${textAt(record.data, 'item')}`;
    if (seen.has(item)) findings.push(twice([item, record.id], record));
    seen.add(item);
  }
  findings.push(...auditRepeatedPosts(facts.posted, published), ...auditBirths(deals, outcomes));
  return { findings, named: lost.named };
}

function auditLost(
  { posted, saidLost }: Facts,
  recordOf: (post: Posted) => TopicRecord | undefined,
  outcomes: readonly TopicRecord[],
): AuditedPayloads {
  const findings: Finding[] = [];
  const named: Finding[] = [];
  const applied = new Set(outcomes.map((record) => textAt(record.data, 'requestId')));
  for (const [requestId, post] of new Map(posted.map((one) => [one.requestId, one]))) {
    const record = recordOf(post);
    if (record !== undefined && applied.has(textAt(record.data, 'requestId'))) continue;
    const where = record === undefined ? 'not in the inbound topic' : `at ${place(record)}, without an outcome`;
    const isNamed = record === undefined && saidLost.has(requestId);
    const ids = [requestId, post.deliveryId, where];
    (isNamed ? named : findings).push({ kind: 'lost', ids, traces: tracesOf(record?.traceparent) });
  }
  return { findings, named };
}

/** However often a delivery id is posted and answered, one request comes of it. */
function auditRepeatedPosts(posted: readonly Posted[], published: ReadonlyMap<string, TopicRecord>): Finding[] {
  const requestsOf = new Map<string, Set<string>>();
  for (const { deliveryId, requestId } of posted) {
    const requests = requestsOf.get(deliveryId) ?? new Set();
    requestsOf.set(deliveryId, requests.add(requestId));
  }
  return [...requestsOf].flatMap(([deliveryId, requests]) => {
    const records = [...requests].flatMap((requestId) => published.get(requestId) ?? []);
    return records.length > 1 ? [twice([deliveryId, ...requests], ...records)] : [];
  });
}

/** Each payload that is said to have created a deal has its `DealCreated`, and no payload has two. */
function auditBirths(deals: readonly TopicRecord[], outcomes: readonly TopicRecord[]): Finding[] {
  const findings: Finding[] = [];
  const births = deals.filter((record) => record.name === 'DealCreated');
  const born = countBy(births, (record) => String(record.causationId));
  const created = countBy(
    outcomes.filter((record) => textAt(record.data, 'outcome') === 'created' && textAt(record.data, 'dealId') !== ''),
    (record) => String(record.causationId),
  );
  const causes = new Set(outcomes.map((record) => String(record.causationId)));
  for (const record of outcomes) {
    const cause = String(record.causationId);
    const [wanted, found] = [created.get(cause) ?? 0, born.get(cause) ?? 0];
    if (found >= wanted) continue;
    const traces = tracesOf(record.traceparent);
    findings.push({ kind: 'event_missing', ids: [`DealCreated of ${cause}`], traces });
  }
  for (const record of births) {
    const cause = String(record.causationId);
    if (!causes.has(cause) || (born.get(cause) ?? 0) <= (created.get(cause) ?? 0)) continue;
    const traces = tracesOf(record.traceparent);
    findings.push({ kind: 'event_doubled', ids: [record.id, `DealCreated of ${cause}`], traces });
  }
  return findings;
}

const twice = (ids: readonly string[], ...records: readonly TopicRecord[]): Finding => ({
  kind: 'applied_twice',
  ids,
  traces: tracesOf(...records.map((record) => record.traceparent)),
});
