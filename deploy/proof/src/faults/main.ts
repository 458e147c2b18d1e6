import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '@ponte/local';
import { startTemporaryStack } from '../temporary-stack.js';
import { isClean, renderLedger } from './ledger.js';
import { runScenario, type ScenarioResult } from './run-scenario.js';
import { scenarios } from './scenarios.js';

/** `npm run faults [-- --rate 50 --seconds 20 --seed 1 --only dispatcher]`: exits 1 when anything was lost, doubled or disordered. */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
const load = { perSecond: Number(values.rate), seconds: Number(values.seconds), seed: Number(values.seed) };
const startedMs = Date.now();
const say = (part: string, line: string) => {
  const at = `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
  process.stdout.write(`${at.padStart(8)}  ${part.padEnd(22)} ${line}\n`);
};

const results: ScenarioResult[] = [];
const temporary = await startTemporaryStack(say);
try {
  for (const scenario of scenarios.filter((one) => one.name.includes(values.only))) {
    const result = await runScenario(scenario, temporary.stack, temporary.kafka, load, (line) => {
      say(scenario.name, line);
    });
    results.push(result);
  }
} finally {
  await temporary.stop(!isClean(results));
}
mkdirSync(join(ROOT, '.reports'), { recursive: true });
const file = join(ROOT, '.reports', 'faults.json');
writeFileSync(file, `${JSON.stringify({ load, results }, null, 2)}\n`);
process.stdout.write(`\n${renderLedger(results)}\n\nThe ledger as JSON: ${file}\n`);
process.exitCode = results.length > 0 && isClean(results) ? 0 : 1;
