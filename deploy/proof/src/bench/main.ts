import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@ponte/local';
import { coresAtOnce, machineFacts, type MachineFacts } from './machine.js';
import { help, readOptions, type Options } from './options.js';
import { Bench, type Measured, type Workload } from './workload.js';
import { workloads } from './workloads.js';

interface Finding extends Workload {
  readonly found: Measured;
}

/** Every workload on one stack of its own, in their order. */
async function run({ chosen, sizes }: Options): Promise<Finding[]> {
  const startedMs = Date.now();
  const bench = new Bench((part, line) => {
    const at = `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
    process.stdout.write(`${at.padStart(8)}  ${part.padEnd(18)} ${line}\n`);
  }, sizes);
  const findings: Finding[] = [];
  try {
    for (const workload of chosen) findings.push({ ...workload, found: await workload.measure(bench) });
  } finally {
    await bench.stop();
  }
  return findings;
}

function report(machine: MachineFacts, findings: readonly Finding[]): void {
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${String(value)}`);
  const parts = findings.map(({ name, is, found }) => `${name} ${is}\n${found.text}`);
  process.stdout.write(`\n${[facts.join(', '), ...parts].join('\n\n')}\n`);
  mkdirSync(join(ROOT, '.reports'), { recursive: true });
  const file = join(ROOT, '.reports', 'bench.json');
  const figures = Object.fromEntries(findings.map(({ name, found }) => [name, found.figures]));
  writeFileSync(file, `${JSON.stringify({ machine, ...figures }, null, 2)}\n`);
  process.stdout.write(`\nThe figures as JSON: ${file}\n`);
}

const asked = readOptions(process.argv.slice(2), workloads);
switch (asked.kind) {
  case 'help':
    process.stdout.write(`${help(workloads)}\n`);
    break;
  case 'mistaken':
    process.stderr.write(`${asked.mistake}\n`);
    process.exitCode = 2;
    break;
  case 'run': {
    const before = await coresAtOnce();
    const findings = await run(asked.options);
    report(machineFacts(before, await coresAtOnce()), findings);
  }
}
