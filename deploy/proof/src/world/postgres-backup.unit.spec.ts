import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copy } from './postgres-backup.js';

describe('a copy for a backup', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ponte-copy-'));
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'file'), 'x');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('has all files', async () => {
    await copy(join(folder, 'data'), join(folder, 'backup'));
    expect(readdirSync(join(folder, 'backup'))).toEqual(['file']);
  });

  it('that cannot be made is an error, and no backup of nothing', async () => {
    await expect(copy(join(folder, 'data'), join(folder, 'nowhere', 'backup'))).rejects.toThrow('cp');
    await expect(copy(join(folder, 'nothing'), join(folder, 'backup'))).rejects.toThrow('cp');
  });
});
