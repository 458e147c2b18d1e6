import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.js';
import type { Sizes, Workload } from './workload.js';

export interface Options {
  readonly chosen: readonly Workload[];
  readonly sizes: Sizes;
}

export type Asked =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  /** What is wrong, in one line. */
  | { readonly kind: 'mistaken'; readonly mistake: string };

/** What sizes are by default, and what they are of. */
const SIZES: Readonly<Record<keyof Sizes, readonly [by: number, is: string]>> = {
  seconds: [20, 'how long loads last, where time bounds them; the open loops of W2 half as long again'],
  payloads: [10_000, 'payloads of a closed loop'],
  records: [100_000, 'inbound records of a backlog'],
  deals: [1_000_000, 'deals that are there already in W6, of half as many contacts'],
  requests: [5_000_000, 'received requests that are there already in W6, and as many deliveries'],
};

/** The same of each size, in the order in which they are explained. */
const ofEach = <Value>(valueOf: (name: keyof Sizes) => Value): Record<keyof Sizes, Value> => ({
  seconds: valueOf('seconds'),
  payloads: valueOf('payloads'),
  records: valueOf('records'),
  deals: valueOf('deals'),
  requests: valueOf('requests'),
});

export function readOptions(args: readonly string[], workloads: readonly Workload[]): Asked {
  const text = { type: 'string' } as const;
  const options = {
    ...{ only: text, help: { type: 'boolean' } as const },
    ...ofEach(() => text),
  };
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help === true) return { kind: 'help' };
    const chosen = choose(values.only, workloads);
    const sizes = ofEach((name) => sizeOf(name, values[name]));
    return { kind: 'run', options: { chosen, sizes } };
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { kind: 'mistaken', mistake: `${line ?? ''} (--help lists what there is)` };
  }
}

/** @throws Error naming a workload that there is not */
function choose(only: string | undefined, workloads: readonly Workload[]): readonly Workload[] {
  if (only === undefined) return workloads;
  const wanted = new Set(only.toUpperCase().split(','));
  const chosen = workloads.filter((workload) => wanted.delete(workload.name));
  if (wanted.size > 0) throw new Error(`There is no workload ${[...wanted].join(', ')}.`);
  return chosen;
}

/** @throws Error where it is no whole number from 1 on */
function sizeOf(name: keyof Sizes, given: string | undefined): number {
  return given === undefined ? SIZES[name][0] : wholeNumber(name, given);
}

export function help(workloads: readonly Workload[]): string {
  const sizes = ofEach((name) => {
    const [by, is] = SIZES[name];
    return `  --${`${name} <n>`.padEnd(14)} ${is} (${by.toLocaleString('en')})`;
  });
  return [
    'What Ponte takes, measured on a stack of its own. Everything else on the machine disturbs it.',
    '',
    `  --${'only <names>'.padEnd(14)} these workloads alone, with commas between (all)`,
    ...Object.values(sizes),
    '',
    'W6 at these sizes fills 25 GiB, the logs with a record a request, deal and delivery.',
    '',
    'Workloads, in the order in which they run:',
    ...workloads.map(({ name, is }) => `  ${name.padEnd(8)} ${is}`),
  ].join('\n');
}
