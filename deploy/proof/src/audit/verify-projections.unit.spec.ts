import { describe, expect, it } from '@jest/globals';
import { verifyProjections } from './verify-projections.js';

describe('the comparison with a rebuild', () => {
  it('finds nothing where the command finds nothing', async () => {
    expect(await verifyProjections({ command: () => Promise.resolve('{}') })).toEqual([]);
  });

  it('tells what the command found to differ', async () => {
    const found = '{"from":"log","verify":true,"differing":{"deals":1}}';
    const command = (): Promise<string> => Promise.reject(new Error(`failed (exit code 1).\n${found}\nmore`));
    expect(await verifyProjections({ command })).toEqual([{ kind: 'projections_differ', ids: [found], traces: [] }]);
  });
});
