import { findingKinds, type Finding } from '../audit/findings.js';
import { groupedTable } from './grouped-table.js';
import type { Broken, Entry } from './run-group.js';
import type { Projections } from './run-scenario.js';

/** Whether every scenario ran, or could not, and kept every promise. */
export const isClean = (entries: readonly Entry[]) =>
  entries.every(
    (entry) => entry.kind === 'skipped' || (entry.kind === 'ran' && entry.result.audit.findings.length === 0),
  );

const HEAD = [
  ['', ['scenario']],
  ['payloads', ['acked', 'lost', 'twice']],
  ['events', ['all', 'lack', 'twice', 'order']],
  ['deliveries', ['all', 'lack', 'again', 'order']],
  ['logs', ['whole']],
  ['proj.', ['equal']],
  ['else', ['wrong']],
  ['caught', ['up']],
  ['hooks', ['away']],
] as const;
const NAME_WIDTH = 30;

function rowOf(entry: Entry): string[] {
  if (entry.kind === 'skipped') return [entry.scenario, entry.kind];
  if (entry.kind === 'broke') return brokenRow(entry);
  const { scenario, audit, projections, caughtUpSeconds, hooksAwaySeconds } = entry.result;
  const { counts } = audit;
  const cells = [
    ...[audit.acknowledged, counts.lost, counts.applied_twice],
    ...[audit.events, counts.event_missing, counts.event_doubled, counts.event_out_of_order],
    ...[audit.deliveries, counts.delivery_missing, audit.repeatedCalls, counts.delivery_out_of_order],
    ...[audit.contiguous ? 'yes' : 'NO', PROJECTIONS[projections]],
    counts.delivery_unexpected + counts.refused + counts.call_repeated + counts.answered_wrongly,
    ...[inSeconds(caughtUpSeconds), inSeconds(hooksAwaySeconds)],
  ];
  return [scenario, ...cells.map(String)];
}

/** Nothing was judged, but the projections of those before it. */
function brokenRow({ scenario, projections }: Broken): string[] {
  const at = HEAD.flatMap(([, columns]) => columns).findIndex((column) => column === 'equal');
  const cells = Array.from({ length: at + 1 }, () => '');
  return cells
    .with(0, scenario)
    .with(1, 'broke')
    .with(at, projections === null ? '' : PROJECTIONS[projections]);
}

const PROJECTIONS: Readonly<Record<Projections, string>> = {
  equal: 'yes',
  differ: 'NO',
  with_next: '↓',
  not_compared: '?',
};
const inSeconds = (seconds: number) => (seconds === 0 ? '0' : `${seconds.toFixed(1)} s`);

/** The ledger as people read it: what was done, said and found in each scenario, and a table with a row for each. */
export function renderLedger(entries: readonly Entry[]): string {
  const above = entries.map((entry) => [nameOf(entry), ...detailsOf(entry).map((line) => `  ${line}`)].join('\n'));
  return [...above, '', groupedTable(HEAD, entries.map(rowOf), NAME_WIDTH)].join('\n');
}

/** `41 scenarios, 41 clean, 0 with findings, in 35.2 min` */
export function summaryOf(entries: readonly Entry[], minutes: number): string {
  const skipped = entries.filter(({ kind }) => kind === 'skipped').length;
  const unclean = entries.filter((entry) => !isClean([entry])).length;
  return [
    `${String(entries.length)} ${entries.length === 1 ? 'scenario' : 'scenarios'}`,
    `${String(entries.length - skipped - unclean)} clean`,
    `${String(unclean)} with findings`,
    ...(skipped === 0 ? [] : [`${String(skipped)} that can't run here`]),
    `in ${minutes.toFixed(1)} min`,
  ].join(', ');
}

export const nameOf = (entry: Entry) => (entry.kind === 'ran' ? entry.result.scenario : entry.scenario);

/** One scenario in a line, when it is over. */
export function verdictOn(entry: Entry): string {
  if (entry.kind !== 'ran') return entry.kind;
  const { audit, took } = entry.result;
  const found = audit.findings.length;
  const spent = Object.entries(took).map(([what, seconds]) => `${what} ${seconds.toFixed(1)}`);
  return `${found === 0 ? 'clean' : `${String(found)} FINDINGS`} (seconds: ${spent.join(', ')})`;
}

/** What was done, what was answered, what health said, what is lost by name, and the first findings of each kind. */
export function detailsOf(entry: Entry): string[] {
  if (entry.kind === 'skipped') return [`skipped: ${entry.reason}`];
  if (entry.kind === 'broke') return [`broke: ${entry.reason}`, ...lines('FOUND', entry.findings)];
  const { done, health, tally, audit, sentAgain, lateMs } = entry.result;
  const posts = Object.entries(tally.posts).map(
    ([status, count]) => `${String(count)} × ${status} (slowest ${String(tally.slowestMs[status] ?? 0)} ms)`,
  );
  return [
    ...done,
    `posts: ${posts.join(', ')}; ${String(sentAgain)} payloads sent again; first sends at most ${String(lateMs)} ms late`,
    ...health,
    ...(audit.named.length === 0
      ? []
      : [`${String(audit.named.length)} payloads are in no copy, as the system says`, ...lines('NAMED', audit.named)]),
    ...findingKinds.flatMap((kind) =>
      lines(
        'FOUND',
        audit.findings.filter((finding) => finding.kind === kind),
      ),
    ),
  ];
}

function lines(how: string, findings: readonly Finding[]): string[] {
  return findings
    .slice(0, 10)
    .map(
      ({ kind, ids, traces }) =>
        `${how} ${kind}  ${ids.join('  ')}${traces.length > 0 ? `  trace ${traces.join(' ')}` : ''}`,
    );
}
