import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const MODULE = fileURLToPath(new URL('negative-timeouts.ts', import.meta.url));

/** @returns what a process of its own writes to stderr */
async function warningsOf(script: string): Promise<string> {
  const source = `import { silenceNegativeTimeouts } from ${JSON.stringify(MODULE)}; silenceNegativeTimeouts(); ${script}`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source]);
  return stderr;
}

describe('warnings of Node', () => {
  it('about the negative waits of kafkajs are dropped', async () => {
    expect(await warningsOf('setTimeout(() => {}, -5);')).toBe('');
  });

  it('about anything else pass', async () => {
    const warnings = await warningsOf("process.emitWarning('mind the gap'); setTimeout(() => {}, 2 ** 40).unref();");
    expect(warnings).toContain('mind the gap');
    expect(warnings).toContain('TimeoutOverflowWarning');
  });
});
