import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '@ponte/local';
import { machineFacts } from './machine.js';
import { Bench, type Measured } from './workload.js';
import { workloads } from './workloads.js';

/** `npm run bench [-- --only W1,W4 --seconds 20 --payloads 10000 --records 100000]`, on a stack of its own. */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: workloads.map((workload) => workload.name).join(',') },
    seconds: { type: 'string', default: '20' },
    payloads: { type: 'string', default: '10000' },
    records: { type: 'string', default: '100000' },
  },
});
const startedMs = Date.now();
const say = (part: string, line: string) => {
  const at = `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
  process.stdout.write(`${at.padStart(8)}  ${part.padEnd(18)} ${line}\n`);
};

const wanted = new Set(values.only.toUpperCase().split(','));
const chosen = workloads.filter((workload) => wanted.delete(workload.name));
if (wanted.size > 0) {
  const known = workloads.map(({ name, is }) => `  ${name}  ${is}`);
  process.stderr.write(`There is no workload ${[...wanted].join(', ')}. There are:\n${known.join('\n')}\n`);
  process.exit(1);
}

const bench = new Bench(say, {
  seconds: Number(values.seconds),
  payloads: Number(values.payloads),
  records: Number(values.records),
});
const measured: { readonly name: string; readonly is: string; readonly found: Measured }[] = [];
try {
  for (const { name, is, ...workload } of chosen) measured.push({ name, is, found: await workload.measure(bench) });
} finally {
  await bench.stop();
}

const machine = machineFacts();
const facts = Object.entries(machine).map(([name, value]) => `${name} ${String(value)}`);
const parts = measured.map(({ name, is, found }) => `${name} ${is}\n${found.text}`);
process.stdout.write(`\n${[facts.join(', '), ...parts].join('\n\n')}\n`);
mkdirSync(join(ROOT, '.reports'), { recursive: true });
const file = join(ROOT, '.reports', 'bench.json');
const figures = Object.fromEntries(measured.map(({ name, found }) => [name, found.figures]));
writeFileSync(file, `${JSON.stringify({ machine, ...figures }, null, 2)}\n`);
process.stdout.write(`\nThe figures as JSON: ${file}\n`);
