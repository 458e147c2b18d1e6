import { describe, expect, it } from '@jest/globals';
import { countKinds } from '../audit/audit.js';
import type { Finding } from '../audit/findings.js';
import { isClean, renderLedger } from './ledger.js';
import { runGroup, type Closable, type Doing, type Entry } from './run-group.js';
import type { ScenarioResult } from './run-scenario.js';
import type { Group, Scenario } from './scenario.js';

const LOAD = { seed: 1, perSecond: 1, seconds: 1 };
const DIFFER: Finding = { kind: 'projections_differ', ids: ['{"from":"log"}'], traces: [] };

const named = (name: string): Scenario => ({ name, inject: () => Promise.resolve() });

function resultOf(scenario: string, rebuilds: boolean): ScenarioResult {
  const counts = countKinds([]);
  const nothing = { acknowledged: 1, events: 1, deliveries: 1, repeatedCalls: 0, pending: 0 };
  return {
    ...{
      scenario,
      seed: 1,
      sent: 1,
      sentAgain: 0,
      lateMs: 0,
      tally: { posts: {}, slowestMs: {}, withoutRetryAfter: 0 },
    },
    audit: { ...nothing, contiguous: true, counts, findings: [], named: [] },
    projections: rebuilds ? 'equal' : 'with_next',
    ...{ caughtUpSeconds: 0, hooksAwaySeconds: 0, health: [], done: [], took: {} },
  };
}

/** Runs scenarios, of which those named `breaks` throw, and notes in which order what was done. */
async function runThem(names: readonly string[], compared: readonly Finding[] = [], starts = true) {
  const [done, entries] = [[] as string[], [] as Entry[]];
  let installations = 0;
  const doing: Doing<Closable> = {
    prepare: () => {
      if (!starts) throw new Error('no room for a broker');
      installations += 1;
      const number = String(installations);
      const close = (keep: boolean) => Promise.resolve(void done.push(`close ${number}${keep ? ', keep' : ''}`));
      return Promise.resolve({ close });
    },
    run: ({ name }, _ground, _load, rebuilds) => {
      done.push(name);
      return name === 'breaks'
        ? Promise.reject(new Error('what it waited for'))
        : Promise.resolve(resultOf(name, rebuilds));
    },
    compare: () => {
      done.push('compare');
      return Promise.resolve([...compared]);
    },
  };
  const scenarios = names.map(named);
  const group: Group = { name: 'some', shape: { postgres: 'one', links: false }, scenarios };
  const chosen = scenarios.map((scenario) => ({ scenario, load: LOAD }));
  await runGroup(
    group,
    chosen,
    () => undefined,
    (entry) => entries.push(entry),
    doing,
  );
  return { done, entries };
}

describe('a scenario that breaks its installation', () => {
  it('leaves those before it compared with a rebuild before the installation goes', async () => {
    const { done, entries } = await runThem(['one', 'two', 'breaks', 'three']);
    expect(done).toEqual(['one', 'two', 'breaks', 'compare', 'close 1, keep', 'three', 'close 2']);
    expect(entries[2]).toMatchObject({ kind: 'broke', scenario: 'breaks', projections: 'equal', findings: [] });
    expect(isClean(entries)).toBe(false);
  });

  it.each<[string, Finding, string]>([
    ['differ', DIFFER, 'NO'],
    ['not_compared', { kind: 'not_compared', ids: ['Postgres does not start'], traces: [] }, '?'],
  ])('shows beside its name that the projections %s, and finds it', async (projections, finding, cell) => {
    const { entries } = await runThem(['one', 'breaks'], [finding]);
    expect(entries[1]).toMatchObject({ projections, findings: [finding] });
    const lines = renderLedger(entries).split('\n');
    expect(lines).toContainEqual(expect.stringContaining(`FOUND ${finding.kind}  ${finding.ids.join()}`));
    const [head = '', row = ''] = [lines.findLast((line) => line.includes('acked')), lines.at(-1)];
    expect(row).toContain('broke');
    expect(row.slice(0, head.indexOf('equal') + 'equal'.length).endsWith(` ${cell}`)).toBe(true);
  });

  it('has nothing compared where the installation did not even start', async () => {
    const { done, entries } = await runThem(['one'], [], false);
    expect(done).toEqual([]);
    expect(entries).toEqual([expect.objectContaining({ kind: 'broke', projections: null, findings: [] })]);
  });
});
