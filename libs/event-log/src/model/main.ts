import { parseArgs } from 'node:util';
import { isRule, ruleNames, RULES, rulesWithout, type Rule } from './rules.js';
import { storyOf } from './run-schedule.js';
import { search, type Found } from './search.js';

/** So many are tried at most to see that a rule is missing; a thousandth does mostly. */
const TO_SEE = 400_000;

/** Schedules between two lines of progress. */
const SLICE = 25_000;

const values = readArguments();

/** A mistake is one line, and ends with 2. */
function readArguments() {
  const options = {
    schedules: { type: 'string', default: '400000' },
    seed: { type: 'string', default: '1' },
    without: { type: 'string' },
    stories: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    const { without, ...values } = parseArgs({ options }).values;
    const [schedules, seed] = [wholeNumber('schedules', values.schedules), wholeNumber('seed', values.seed)];
    if (without === undefined || isRule(without)) return { ...values, schedules, seed, without };
    throw new Error(`No rule is ${without}: ${ruleNames.join(', ')}`);
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    process.stderr.write(`${line ?? ''} (--help lists what there is)\n`);
    process.exit(2);
  }
}

/** @throws Error that names the option */
function wholeNumber(option: string, given: string): number {
  if (!/^[1-9]\d{0,8}$/.test(given)) throw new Error(`--${option} is a whole number from 1 on, not "${given}".`);
  return Number(given);
}

const say = (line = '') => process.stdout.write(`${line}\n`);
const number = (count: number) => count.toLocaleString('en');

/** Tries schedules in slices, each with a seed of its own, and says how far it is. */
function tryAll(name: string, schedules: number, seed: number, left?: Rule): { tried: number; found: Found | null } {
  const startedAt = performance.now();
  const kinds = left === undefined ? undefined : RULES[left].shownBy;
  for (let tried = 0; tried < schedules; tried += SLICE) {
    const found = search(rulesWithout(left), seed + tried / SLICE, Math.min(SLICE, schedules - tried), kinds);
    if (found !== null) return { tried: tried + found.after, found };
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    say(`${name}: ${number(Math.min(schedules, tried + SLICE))} schedules, ${seconds} s`);
  }
  return { tried: schedules, found: null };
}

function tell(found: Found, left?: Rule): void {
  for (const line of storyOf(found.schedule, rulesWithout(left))) say(line);
  say();
}

/** @returns whether the model sees that the rule is missing */
function leaveOut(rule: Rule, seed: number, withStory: boolean): { seen: boolean; row: string[] } {
  const { tried, found } = tryAll(`without ${rule}`, TO_SEE, seed, rule);
  if (found !== null && withStory) {
    say(`Without the rule that ${RULES[rule].words}:`);
    tell(found, rule);
  }
  const outcome = found === null ? ['not seen', '-'] : [number(tried), String(found.schedule.steps.length)];
  return { seen: found !== null, row: [rule, RULES[rule].words, ...outcome] };
}

function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) say(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}

function run(): boolean {
  const { schedules, seed, without } = values;
  const one = without === undefined ? ruleNames : [without];

  const whole = without === undefined ? tryAll('all rules', schedules, seed) : null;
  if (whole?.found) {
    say(`With all rules, after ${number(whole.tried)} schedules:`);
    tell(whole.found);
  }
  const left = one.map((rule) => leaveOut(rule, seed, values.stories || without !== undefined));
  table([['rule left out', '', 'found after', 'steps'], ...left.map(({ row }) => row)]);
  const unseen = left.filter(({ seen }) => !seen).length;
  if (whole !== null)
    say(`\nall rules: ${number(whole.tried)} schedules, ${whole.found ? '1 violation' : '0 violations'}`);
  if (unseen > 0) say(`${String(unseen)} of the rules left out were not seen to be missing`);
  return unseen === 0 && !whole?.found;
}

const HELP = `The protocol of the event log as a model: seeded schedules of small steps, with everything that can fail.

  --schedules <n>    with all rules (400000)
  --seed <n>         another seed tries other schedules (1)
  --without <rule>   leave out this rule alone, and tell what happens then
  --stories          tell what happens without each rule

Rules: ${ruleNames.join(', ')}`;

if (values.help) say(HELP);
else process.exitCode = run() ? 0 : 1;
