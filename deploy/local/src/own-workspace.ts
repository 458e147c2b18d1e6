import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '@ponte/native-servers';
import { parseJson, textOrNull } from './answers.js';
import type { Stack, Workspace } from './stack.js';

/** What a workspace is made with here. */
const OWN = { name: 'My business', timeZone: 'America/Sao_Paulo', country: 'BR', currency: 'BRL' };

/**
 * The workspace that the printed token is for, remembered beside the data. A database that is given may be another one
 * than the last time, or made anew, so there the workspace is asked for each time: creating it again changes nothing.
 */
export async function ownWorkspace(stack: Pick<Stack, 'plan' | 'createWorkspace'>): Promise<Workspace> {
  const { stateDir, postgres } = stack.plan;
  const file = join(stateDir, 'workspace.json');
  const kept = read(file);
  if (kept !== null && kept.postgres === postgres.kind && postgres.kind !== 'given') return kept;
  const { id, name } = await stack.createWorkspace({ ...OWN, ...(kept === null ? {} : { id: kept.id }) });
  writeFileSync(file, `${JSON.stringify({ id, name, postgres: postgres.kind })}\n`);
  return { id, name };
}

function read(file: string): (Workspace & { postgres: string | null }) | null {
  try {
    const value = parseJson(readFileSync(file, 'utf8'));
    const [id, name] = [textOrNull(value, 'id'), textOrNull(value, 'name')];
    return id === null || name === null ? null : { id, name, postgres: textOrNull(value, 'postgres') };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
