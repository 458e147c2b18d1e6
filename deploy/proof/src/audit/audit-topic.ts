import type { Heads, TopicRecord } from './facts.js';
import { tracesOf, type Finding } from './findings.js';
import { place } from './values.js';

/**
 * A topic may repeat records (a relay that was stopped between send and checkpoint); what counts is that the first
 * occurrences go on 1, 2, 3 … with each naming the one before, and that a position never means two records.
 */
export function firstOccurrences(
  records: readonly TopicRecord[],
  heads: Heads,
): { records: TopicRecord[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const kept: TopicRecord[] = [];
  const placeOfId = new Map<string, string>();
  const byPlace = new Map<string, TopicRecord>();
  const reached = new Map<number, { position: number; id: string | null }>(heads);
  for (const record of [...records].sort(byOffset)) {
    // A repeat of what was there before the scenario.
    if (record.position <= (heads.get(record.partition)?.position ?? 0)) continue;
    const traces = tracesOf(record.traceparent);
    const earlier = byPlace.get(place(record));
    if (earlier) {
      if (earlier.id !== record.id) findings.push({ kind: 'event_doubled', ids: [earlier.id, record.id], traces });
      continue;
    }
    const last = reached.get(record.partition) ?? { position: 0, id: null };
    if (record.position !== last.position + 1 || record.predecessorId !== last.id) {
      const kind = record.position <= last.position ? 'event_out_of_order' : 'event_missing';
      findings.push({ kind, ids: [`before ${place(record)}`, record.id], traces });
    }
    const other = placeOfId.get(record.id);
    if (other !== undefined) findings.push({ kind: 'event_doubled', ids: [record.id, other, place(record)], traces });
    placeOfId.set(record.id, place(record));
    byPlace.set(place(record), record);
    if (record.position > last.position) reached.set(record.partition, record);
    kept.push(record);
  }
  return { records: kept, findings };
}

const byOffset = (a: TopicRecord, b: TopicRecord) => a.partition - b.partition || Number(a.offset - b.offset);
