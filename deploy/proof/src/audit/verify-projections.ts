import type { Stack } from '@ponte/local';
import type { Finding } from './findings.js';

/**
 * Whether the projections of deals are what a rebuild from its log makes of everything that happened: asked of the
 * product's own command, which compares them in one transaction. A command that came to no result is a finding too.
 */
export async function verifyProjections(stack: Pick<Stack, 'command'>): Promise<Finding[]> {
  try {
    await stack.command('deals', ['rebuild', '--from', 'log', '--verify']);
    return [];
  } catch (error) {
    const output = String(error);
    // The command prints what differs as JSON in one line.
    const result = output.split('\n').find((one) => one.startsWith('{"from"'));
    const kind = result === undefined ? 'not_compared' : 'projections_differ';
    return [{ kind, ids: [(result ?? output).slice(0, 2_000)], traces: [] }];
  }
}
