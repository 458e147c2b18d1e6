import { findingKinds } from '../audit/findings.js';
import { table } from '../table.js';
import type { Entry } from './run-group.js';

/** Whether every scenario ran, or could not, and kept every promise. */
export const isClean = (entries: readonly Entry[]) =>
  entries.every(
    (entry) => entry.kind === 'skipped' || (entry.kind === 'ran' && entry.result.audit.findings.length === 0),
  );

const HEAD = [
  'scenario',
  'acknowledged',
  'sent again',
  'lost',
  'twice',
  'events',
  'missing',
  'doubled',
  'disordered',
  'deliveries',
  'missing',
  'unexpected',
  'disordered',
  'repeated',
  'logs',
  'else',
  'caught up',
];

function rowOf(entry: Entry): (string | number)[] {
  if (entry.kind !== 'ran') return [entry.scenario, entry.kind];
  const { scenario, sentAgain, audit, caughtUpSeconds } = entry.result;
  const { counts } = audit;
  return [
    scenario,
    audit.acknowledged,
    sentAgain,
    counts.lost,
    counts.applied_twice,
    audit.events,
    counts.event_missing,
    counts.event_doubled,
    counts.event_out_of_order,
    audit.deliveries,
    counts.delivery_missing,
    counts.delivery_unexpected,
    counts.delivery_out_of_order,
    audit.repeatedCalls,
    audit.contiguous ? 'whole' : 'broken',
    counts.refused + counts.call_repeated + counts.projections_differ + counts.answered_wrongly,
    `${caughtUpSeconds.toFixed(1)} s`,
  ];
}

/** The ledger as people read it: a row a scenario; below what health said, and the first findings of each kind. */
export function renderLedger(entries: readonly Entry[]): string {
  const below = entries.map((entry) => [nameOf(entry), ...detailsOf(entry).map((line) => `  ${line}`)].join('\n'));
  return [table(HEAD, entries.map(rowOf)), '', ...below].join('\n');
}

export const nameOf = (entry: Entry) => (entry.kind === 'ran' ? entry.result.scenario : entry.scenario);

/** What was done, what was answered, what health said, and what was found. */
export function detailsOf(entry: Entry): string[] {
  if (entry.kind !== 'ran') return [`${entry.kind}: ${entry.reason}`];
  const { done, health, tally, audit, unacknowledged } = entry.result;
  const posts = Object.entries(tally.posts).map(
    ([status, count]) => `${String(count)} × ${status} (slowest ${String(tally.slowestMs[status] ?? 0)} ms)`,
  );
  return [
    ...done,
    `posts: ${posts.join(', ')}${unacknowledged === 0 ? '' : `; ${String(unacknowledged)} never acknowledged`}`,
    ...health,
    ...findingKinds.flatMap((kind) =>
      audit.findings
        .filter((finding) => finding.kind === kind)
        .slice(0, 10)
        .map(
          ({ ids, traces }) =>
            `FOUND ${kind}  ${ids.join('  ')}${traces.length > 0 ? `  trace ${traces.join(' ')}` : ''}`,
        ),
    ),
  ];
}
