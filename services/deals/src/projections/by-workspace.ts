import { workspaceId, type WorkspaceId } from '../ids.js';

export type ByWorkspace<Entry> = ReadonlyMap<WorkspaceId, readonly Entry[]>;

/** Rows as what they hold, by their workspace, in the order given. */
export function grouped<Row extends { workspace_id: string }, Entry>(
  rows: readonly Row[],
  entryOf: (row: Row) => Entry,
): ByWorkspace<Entry> {
  const groups = new Map<WorkspaceId, Entry[]>();
  for (const row of rows) {
    const id = workspaceId(row.workspace_id);
    const group = groups.get(id);
    if (group) group.push(entryOf(row));
    else groups.set(id, [entryOf(row)]);
  }
  return groups;
}
