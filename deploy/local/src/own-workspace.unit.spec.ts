import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ownWorkspace } from './own-workspace.js';
import type { Plan, PostgresSource } from './plan.js';
import { makeSecrets } from './secrets.js';
import type { NewWorkspace } from './stack.js';

const NATIVE: PostgresSource = { kind: 'native' };
const GIVEN: PostgresSource = { kind: 'given', urls: { ingress: '', deals: '', dispatcher: '' } };

let folder: string;
const asked: NewWorkspace[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ponte-own-'));
  asked.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function started(postgres: PostgresSource) {
  const ports: Plan['ports'] = { ingress: [], deals: [], dispatcher: [] };
  const plan: Plan = { stateDir: folder, kafka: { kind: 'native' }, postgres, ports, secrets: makeSecrets(), env: {} };
  const createWorkspace = (workspace: NewWorkspace) => {
    asked.push(workspace);
    return Promise.resolve({ id: workspace.id ?? 'w1', name: workspace.name });
  };
  return { plan, createWorkspace };
}

describe('the workspace of the printed token', () => {
  it('is made once for databases that lie beside it', async () => {
    const first = await ownWorkspace(started(NATIVE));
    expect(await ownWorkspace(started(NATIVE))).toMatchObject(first);
    expect(asked).toHaveLength(1);
  });

  it('is asked for each time by the same id where databases are given, as they may be others', async () => {
    await ownWorkspace(started(GIVEN));
    await ownWorkspace(started(GIVEN));
    expect(asked.map(({ id }) => id)).toEqual([undefined, 'w1']);
  });

  it('is asked for again when the databases are of another kind than the last time', async () => {
    await ownWorkspace(started(NATIVE));
    await ownWorkspace(started(GIVEN));
    await ownWorkspace(started(NATIVE));
    expect(asked.map(({ id }) => id)).toEqual([undefined, 'w1', 'w1']);
  });

  it('is made anew where what was remembered cannot be read', async () => {
    writeFileSync(join(folder, 'workspace.json'), 'half a li');
    expect(await ownWorkspace(started(NATIVE))).toEqual({ id: 'w1', name: 'My business' });
  });
});
