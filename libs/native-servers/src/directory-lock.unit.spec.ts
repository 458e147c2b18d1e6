import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from './directory-lock.js';
import { identify, stillRuns } from './processes.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ponte-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const quiet = (): void => undefined;
const deadOwner = { pid: process.pid, startedAt: 'long ago' };

describe('the lock of a directory', () => {
  it('has one holder, and is free again after release', async () => {
    const lock = await lockDirectory(folder, 'It', quiet);
    await expect(lockDirectory(folder, 'It', quiet)).rejects.toMatchObject({ code: 'directory_in_use' });
    lock.release();
    (await lockDirectory(folder, 'It', quiet)).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a dead owner goes to exactly one of many starters', async () => {
    writeFileSync(join(folder, 'ponte.lock'), JSON.stringify({ owner: deadOwner, started: [] }));
    const starts = await Promise.allSettled(Array.from({ length: 20 }, () => lockDirectory(folder, 'It', quiet)));
    expect(starts.filter((start) => start.status === 'fulfilled')).toHaveLength(1);
  });

  it('of an owner whose process id belongs to another process now is stale, and what was left behind is ended', async () => {
    const leftOver = spawn('sleep', ['60']);
    const identity = identify(leftOver.pid ?? 0);
    writeFileSync(join(folder, 'ponte.lock'), JSON.stringify({ owner: deadOwner, started: [identity] }));
    const said: string[] = [];
    const lock = await lockDirectory(folder, 'It', (line) => said.push(line));
    expect(identity !== null && stillRuns(identity)).toBe(false);
    expect(said).toEqual([expect.stringContaining('a killed owner left behind')]);
    lock.release();
  });

  it('never ends a process that only got the id of one that was left behind', async () => {
    const started = [{ pid: process.pid, startedAt: 'long ago' }];
    writeFileSync(join(folder, 'ponte.lock'), JSON.stringify({ owner: deadOwner, started }));
    (await lockDirectory(folder, 'It', quiet)).release();
    expect(identify(process.pid)).not.toBeNull();
  });
});
