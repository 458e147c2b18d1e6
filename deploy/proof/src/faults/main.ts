import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '@ponte/local';
import { groups } from './groups.js';
import { detailsOf, isClean, nameOf, renderLedger } from './ledger.js';
import { runGroup, type Entry } from './run-group.js';

/**
 * `npm run faults [-- --rate 200 --seconds 20 --seed 1 --only kafka,rolling --list]`: exits 1 when anything was lost,
 * doubled, disordered or answered as it should not be.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});
const load = { perSecond: Number(values.rate), seconds: Number(values.seconds) };
const wanted = values.only.toLowerCase().split(',').filter(Boolean);
const startedMs = Date.now();
const say = (part: string, line: string): void => {
  const at = `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
  process.stdout.write(`${at.padStart(8)}  ${part.padEnd(34)} ${line}\n`);
};

// The seed of a scenario is its own, so that it is the same alone and among the others.
const numbered = groups.flatMap((group) => group.scenarios.map((scenario) => ({ group, scenario })));
const chosen = numbered.flatMap(({ group, scenario }, index) => {
  const isWanted = wanted.length === 0 || wanted.some((word) => scenario.name.toLowerCase().includes(word));
  const seed = Number(values.seed) * 1000 + index;
  const { stretch = 1, rate = 1 } = scenario;
  const own = { seed, perSecond: Math.max(1, Math.round(load.perSecond * rate)), seconds: load.seconds * stretch };
  return isWanted ? [{ group, scenario, load: own }] : [];
});

const entries: Entry[] = [];
const file = join(ROOT, '.reports', 'faults.json');
/** After each scenario, so that a run that is ended early leaves what it found. */
function keep(entry: Entry, group: string): void {
  entries.push(entry);
  mkdirSync(join(ROOT, '.reports'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ load, seed: Number(values.seed), entries }, null, 2)}\n`);
  for (const line of isClean([entry]) ? [] : detailsOf(entry)) say(nameOf(entry), line);
  const verdict = isClean(entries) ? 'all clean' : 'NOT CLEAN';
  say(group, `${String(entries.length)} of ${String(chosen.length)} done, ${verdict}`);
}

if (values.list) {
  for (const { group, scenario } of chosen) process.stdout.write(`${group.name.padEnd(24)} ${scenario.name}\n`);
} else {
  for (const group of groups) {
    const own = chosen.filter((one) => one.group === group);
    await runGroup(group, own, say, (entry) => {
      keep(entry, group.name);
    });
  }
  process.stdout.write(`\n${renderLedger(entries)}\n\nThe ledger as JSON: ${file}\n`);
  process.exitCode = entries.length > 0 && isClean(entries) ? 0 : 1;
}
