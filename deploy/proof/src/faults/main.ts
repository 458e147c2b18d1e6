import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '@ponte/local';
import { wholeNumber } from '../whole-number.js';
import { groups } from './groups.js';
import { detailsOf, isClean, nameOf, renderLedger, summaryOf, verdictOn } from './ledger.js';
import { onWholePonte, runGroup, type Entry } from './run-group.js';
import type { Took } from './stopwatch.js';

const HELP = `The fault ledger: exits 1 when anything was lost, doubled, disordered or answered as it should not be.

  --rate <n>       payloads a second (200)
  --seconds <n>    of load in each scenario (20)
  --seed <n>       another seed makes another load (1)
  --only <words>   only scenarios whose names have one of these words, with commas between (all)
  --list           only name the scenarios`;

// The seed of a scenario is its own, so that it is the same alone and among the others.
const numbered = groups.flatMap((group) => group.scenarios.map((scenario) => ({ group, scenario })));
const isNamed = (name: string, word: string): boolean => name.toLowerCase().includes(word);

const { load, seed, wanted, ...values } = readArguments();
if (values.help) {
  process.stdout.write(`${HELP}\n`);
  process.exit(0);
}

/** A mistake is one line, and ends with 2. */
function readArguments() {
  const options = {
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    const { only, list, help, ...values } = parseArgs({ options }).values;
    const number = (name: keyof typeof values): number => wholeNumber(name, values[name]);
    const wanted = only.toLowerCase().split(',').filter(Boolean);
    const unknown = wanted.find((word) => !numbered.some(({ scenario }) => isNamed(scenario.name, word)));
    if (unknown !== undefined) throw new Error(`No scenario has "${unknown}" in its name: --list names them all.`);
    return {
      load: { perSecond: number('rate'), seconds: number('seconds') },
      seed: number('seed'),
      wanted,
      list,
      help,
    };
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    process.stderr.write(`${line ?? ''} (--help lists what there is)\n`);
    process.exit(2);
  }
}

const startedMs = Date.now();
const say = (part: string, line: string): void => {
  const at = `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
  process.stdout.write(`${at.padStart(8)}  ${part.padEnd(34)} ${line}\n`);
};

const chosen = numbered.flatMap(({ group, scenario }, index) => {
  const isWanted = wanted.length === 0 || wanted.some((word) => isNamed(scenario.name, word));
  const { stretch = 1, rate = group.rate ?? 1 } = scenario;
  const own = {
    seed: seed * 1000 + index,
    perSecond: Math.max(1, Math.round(load.perSecond * rate)),
    seconds: load.seconds * stretch,
  };
  return isWanted ? [{ group, scenario, load: own }] : [];
});

const entries: Entry[] = [];
/** What starting and stopping the installation of each group took. */
const grounds: Record<string, Took> = {};
const minutes = () => (Date.now() - startedMs) / 60_000;
const file = join(ROOT, '.reports', 'faults.json');
/** After each scenario, so that a run that is ended early leaves what it found. */
function keep(): void {
  const report = { load, seed, minutes: minutes(), grounds, entries };
  mkdirSync(join(ROOT, '.reports'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

function onEntry(entry: Entry): void {
  entries.push(entry);
  keep();
  for (const line of isClean([entry]) ? [] : detailsOf(entry)) say(nameOf(entry), line);
  say(nameOf(entry), verdictOn(entry));
  const verdict = isClean(entries) ? 'all clean' : 'NOT CLEAN';
  say(
    'ledger',
    `${String(entries.length)} of ${String(chosen.length)} done in ${minutes().toFixed(1)} min, ${verdict}`,
  );
}

if (values.list) {
  for (const { group, scenario } of chosen) process.stdout.write(`${group.name.padEnd(24)} ${scenario.name}\n`);
} else {
  for (const group of groups) {
    const own = chosen.filter((one) => one.group === group);
    if (own.length === 0) continue;
    grounds[group.name] = await runGroup(group, own, say, onEntry, onWholePonte);
    keep();
  }
  const summary = summaryOf(entries, minutes());
  process.stdout.write(`\n${renderLedger(entries)}\n\nThe ledger as JSON: ${file}\n${summary}\n`);
  process.exitCode = entries.length > 0 && isClean(entries) ? 0 : 1;
}
