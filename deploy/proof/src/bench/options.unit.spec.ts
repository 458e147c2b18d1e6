import { describe, expect, it } from '@jest/globals';
import { help, readOptions } from './options.js';
import type { Workload } from './workload.js';

const workload = (name: string): Workload => ({
  name,
  is: 'something',
  measure: () => Promise.resolve({ text: '', figures: {} }),
});
const workloads = [workload('W1'), workload('W2')];

describe('options of the benchmark', () => {
  it('choose all workloads and the whole sizes where they say nothing', () => {
    const asked = readOptions([], workloads);
    expect(asked).toMatchObject({ kind: 'run', options: { chosen: workloads, sizes: { requests: 5_000_000 } } });
  });

  it('choose by name and make smaller', () => {
    const asked = readOptions(['--only', 'w2', '--deals', '1000'], workloads);
    expect(asked).toMatchObject({ options: { chosen: [{ name: 'W2' }], sizes: { deals: 1000 } } });
  });

  it.each([[['--nope']], [['W1']], [['--only', 'W9']], [['--deals', 'many']], [['--deals', '0']], [['--deals']]])(
    '%j is answered with one line that says what is wrong',
    (args) => {
      const asked = readOptions(args, workloads);
      expect(asked.kind === 'mistaken' && asked.mistake).toMatch(/^.+--help lists what there is\)$/);
    },
  );

  it('are explained with --help', () => {
    expect(readOptions(['--help'], workloads)).toEqual({ kind: 'help' });
    expect(help(workloads)).toContain('W2       something');
  });
});
