import type { Posted, TopicRecord } from './facts.js';
import { tracesOf, type Finding } from './findings.js';
import { place, textAt } from './values.js';

/** What deals says follows the order of what ingress said: per partition, causes come in the order of their positions. */
export function auditOrderOfEvents(inbound: readonly TopicRecord[], deals: readonly TopicRecord[]): Finding[] {
  const positionOf = new Map(inbound.map((record) => [record.id, record.position]));
  const reached = new Map<number, number>();
  const findings: Finding[] = [];
  for (const record of deals) {
    const position = record.causationId === null ? undefined : positionOf.get(record.causationId);
    if (position === undefined) continue;
    const before = reached.get(record.partition) ?? 0;
    if (position < before) findings.push(outOfOrder([record.id, place(record)], record));
    reached.set(record.partition, Math.max(position, before));
  }
  return findings;
}

/** A payload that was first sent after another of its partition had its 200 comes after it. */
export function auditOrderOfPayloads(posted: readonly Posted[], inbound: readonly TopicRecord[]): Finding[] {
  const postOf = new Map<string, Posted>();
  for (const post of posted) {
    const earlier = postOf.get(post.requestId);
    // Of a delivery id that was posted twice, the first send and the first 200 count.
    postOf.set(post.requestId, {
      ...post,
      sentAtMs: Math.min(post.sentAtMs, earlier?.sentAtMs ?? post.sentAtMs),
      acknowledgedAtMs: Math.min(post.acknowledgedAtMs, earlier?.acknowledgedAtMs ?? post.acknowledgedAtMs),
    });
  }
  const latestSent = new Map<number, Posted>();
  const findings: Finding[] = [];
  for (const record of inbound) {
    const post = postOf.get(textAt(record.data, 'requestId'));
    if (post === undefined) continue;
    const ahead = latestSent.get(record.partition);
    if (ahead !== undefined && post.acknowledgedAtMs < ahead.sentAtMs) {
      findings.push(outOfOrder([post.requestId, place(record), `behind ${ahead.requestId}`], record));
    }
    if (ahead === undefined || post.sentAtMs > ahead.sentAtMs) latestSent.set(record.partition, post);
  }
  return findings;
}

const outOfOrder = (ids: readonly string[], record: TopicRecord): Finding => ({
  kind: 'event_out_of_order',
  ids,
  traces: tracesOf(record.traceparent),
});
