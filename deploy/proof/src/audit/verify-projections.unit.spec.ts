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

  it('that came to no result is a finding, and not one about the projections', async () => {
    const command = (): Promise<string> => Promise.reject(new Error('Cannot connect to Postgres'));
    expect(await verifyProjections({ command })).toEqual([
      { kind: 'not_compared', ids: ['Error: Cannot connect to Postgres'], traces: [] },
    ]);
  });
});
