import type { Heads, LogRow, TopicRecord } from './facts.js';
import type { Finding } from './findings.js';
import { tracesOf } from './findings.js';
import { place } from './values.js';

/** The log in the database goes on 1, 2, 3 … with each row naming the one before, and holds just what the topic holds. */
export function auditLog(
  owner: string,
  rows: readonly LogRow[],
  topic: readonly TopicRecord[],
  heads: Heads,
): { findings: Finding[]; unrelayed: number } {
  const findings: Finding[] = [];
  const reached = new Map<number, { position: number; id: string | null }>(heads);
  const published = new Map(topic.map((record) => [place(record), record]));
  let unrelayed = 0;
  for (const row of [...rows].sort((a, b) => a.partition - b.partition || a.position - b.position)) {
    const last = reached.get(row.partition) ?? { position: 0, id: null };
    if (row.position !== last.position + 1 || row.predecessorId !== last.id) {
      findings.push({ kind: 'log_broken', ids: [owner, `before ${place(row)}`, row.id], traces: [] });
    }
    reached.set(row.partition, row);
    const record = published.get(place(row));
    published.delete(place(row));
    if (record === undefined) unrelayed += 1;
    if (record?.id !== row.id) {
      const found = record === undefined ? 'not in the topic' : `in the topic ${record.id}`;
      const traces = tracesOf(record?.traceparent);
      findings.push({ kind: 'log_unlike_topic', ids: [owner, place(row), row.id, found], traces });
    }
  }
  for (const [where, record] of published) {
    const ids = [owner, where, record.id, 'in the topic alone'];
    findings.push({ kind: 'log_unlike_topic', ids, traces: tracesOf(record.traceparent) });
  }
  return { findings, unrelayed };
}
