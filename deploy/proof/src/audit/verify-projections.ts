import type { Stack } from '@ponte/local';
import type { Finding } from './findings.js';

/**
 * Whether the projections of deals are what a rebuild from its log makes of everything that happened: asked of the
 * product's own command, which compares them in one transaction.
 */
export async function verifyProjections(stack: Pick<Stack, 'command'>): Promise<Finding[]> {
  try {
    await stack.command('deals', ['rebuild', '--from', 'log', '--verify']);
    return [];
  } catch (error) {
    return [{ kind: 'projections_differ', ids: [resultIn(String(error))], traces: [] }];
  }
}

/** The command prints what differs as JSON in one line of its output. */
function resultIn(output: string): string {
  const line = output.split('\n').find((one) => one.startsWith('{"from"'));
  return (line ?? output).slice(0, 2_000);
}
