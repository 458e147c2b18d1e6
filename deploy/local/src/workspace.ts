export interface Workspace {
  id: string;
  name: string;
}

/** The command prints the workspace as JSON in its last line that is JSON with an id and a name. */
export function parseWorkspace(output: string): Workspace {
  for (const line of output.trim().split('\n').reverse()) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value !== 'object' || value === null || !('id' in value) || !('name' in value)) continue;
      if (typeof value.id === 'string' && typeof value.name === 'string') return { id: value.id, name: value.name };
    } catch {
      continue; // A log line between.
    }
  }
  throw new Error(`The workspace command printed no workspace:\n${output.trim()}`);
}
