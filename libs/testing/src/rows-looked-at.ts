/** Whoever runs statements: a service's database, or a connection of it. */
export interface Asked {
  query(text: string, values?: readonly unknown[]): Promise<readonly object[]>;
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A node of a plan as `EXPLAIN (ANALYZE, FORMAT JSON)` tells of it. */
interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * Runs a statement and counts the rows of a table that it had to look at, whether or not they are in its answer: what a
 * test of its shape can hold it to on any machine.
 *
 * @throws Error where the answer is no plan
 */
export async function rowsLookedAt(asked: Asked, table: string, { text, values }: Statement): Promise<number> {
  const [row] = await asked.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
  const [plans]: unknown[] = Object.values(row ?? {});
  const [top] = (typeof plans === 'string' ? JSON.parse(plans) : plans) as { readonly Plan: PlanNode }[];
  if (top === undefined) throw new Error('There is no plan.');
  return countIn(top.Plan, table);
}

function countIn(node: PlanNode, table: string): number {
  const below = (node.Plans ?? []).reduce((sum, plan) => sum + countIn(plan, table), 0);
  if (node['Relation Name'] !== table) return below;
  const dropped = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return below + Math.ceil((node['Actual Rows'] + dropped) * node['Actual Loops']);
}
