import { findingKinds } from '../audit/audit.js';
import { table } from '../table.js';
import type { ScenarioResult } from './run-scenario.js';

/** Whether every scenario kept every promise. */
export const isClean = (results: readonly ScenarioResult[]) => results.every((one) => one.audit.findings.length === 0);

/** The ledger as people read it: a row a scenario, and the first findings of each below. */
export function renderLedger(results: readonly ScenarioResult[]): string {
  const head = [
    'scenario',
    'acknowledged',
    'sent again',
    'lost',
    'applied twice',
    'events',
    'missing',
    'doubled',
    'disordered',
    'deliveries',
    'missing',
    'unexpected',
    'disordered',
    'repeated',
    'caught up',
  ];
  const rows = results.map(({ scenario, sentAgain, audit, caughtUpSeconds }) => [
    scenario,
    audit.acknowledged,
    sentAgain,
    audit.counts.lost,
    audit.counts.applied_twice,
    audit.events,
    audit.counts.event_missing,
    audit.counts.event_doubled,
    audit.counts.event_out_of_order,
    audit.deliveries,
    audit.counts.delivery_missing,
    audit.counts.delivery_unexpected,
    audit.counts.delivery_out_of_order,
    audit.repeatedCalls,
    `${caughtUpSeconds.toFixed(1)} s`,
  ]);
  const findings = results.flatMap(({ scenario, audit }) =>
    findingKinds.flatMap((kind) => {
      const own = audit.findings.filter((finding) => finding.kind === kind);
      return own.slice(0, 10).map((finding) => `  ${scenario}: ${kind}  ${finding.ids.join('  ')}`);
    }),
  );
  return [table(head, rows), ...findings].join('\n');
}
