import { describe, expect, it } from '@jest/globals';
import { connectDatabase } from './connect-database.js';
import { runMigrations } from './migrations.js';

/** Nothing listens on the reserved port 1. */
const url = 'postgres://ana:secret@127.0.0.1:1/deals';
const where = 'Cannot connect to Postgres at 127.0.0.1:1/deals as ana: ';

describe('a Postgres that is not there', () => {
  it('is waited for while booting, which is said once, and then given up with its address', async () => {
    const warnings: string[] = [];
    const log = { warn: (_: object, message: string) => void warnings.push(message), info: () => undefined };
    await expect(connectDatabase({ url, bootTimeoutMs: 600 }, { log })).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringContaining(where),
    });
    expect(warnings).toEqual([expect.stringMatching(/^Cannot connect to Postgres at .* as ana: .*Waiting for it$/)]);
    expect(warnings.join()).not.toContain('secret');
  });

  it('is named by a migration too', async () => {
    await expect(runMigrations({ url }, [])).rejects.toThrow(where);
  });
});
