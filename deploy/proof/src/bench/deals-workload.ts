import { randomUUID } from 'node:crypto';
import { LOG_PARTITIONS, partitionFor } from '@ponte/event-log';
import { table } from '../table.js';
import { makePipeline } from '../world/pipeline.js';
import type { BacklogTarget } from './backlog-records.js';
import { measureBacklog, type BacklogFigures } from './deals-backlog.js';
import type { Bench, Measured, Workload } from './workload.js';

/** W4: how fast deals applies what waits, alone. */
export const dealsWorkload: Workload = { name: 'W4', is: 'deals alone, a backlog of creates and updates', measure };

async function measure(bench: Bench): Promise<Measured> {
  const temporary = await bench.stack();
  const { records } = bench.sizes;
  bench.say('W4', `making a workspace in each of the ${String(LOG_PARTITIONS)} partitions`);
  const targets = await makeTargets(bench);
  bench.say('W4', `a backlog of ${String(records)} records in one partition`);
  const one = await measureBacklog(temporary, targets.slice(0, 1), records);
  bench.say('W4', `${one.appliedPerSecond.toFixed(0)}/s; now in all partitions`);
  const all = await measureBacklog(temporary, targets, records);
  return { text: textOf([one, all]), figures: { one, all } };
}

/** A workspace of each partition. */
async function makeTargets(bench: Bench): Promise<BacklogTarget[]> {
  const targets: BacklogTarget[] = [];
  for (let partition = 0; partition < LOG_PARTITIONS; partition += 2) {
    targets.push(...(await Promise.all([makeTarget(bench, partition), makeTarget(bench, partition + 1)])));
  }
  return targets;
}

/** A new workspace of a partition, with an origin of two stages. */
export async function makeTarget(bench: Bench, partition: number): Promise<BacklogTarget> {
  const { stack } = await bench.stack();
  const named = { id: workspaceOf(partition), name: `Backlog ${String(partition)}` };
  const { workspaceId, originId } = await makePipeline(stack, named);
  return { workspaceId, originId };
}

function workspaceOf(partition: number): string {
  for (;;) {
    const id = randomUUID();
    if (partitionFor(id, LOG_PARTITIONS) === partition) return id;
  }
}

function textOf(figures: readonly BacklogFigures[]): string {
  return table(
    ['', 'records', 'events', 'applied/s', 's with boot', 'MiB peak', 'MiB after'],
    figures.map((one) => [
      ...[`${String(one.partitions)} partition(s)`, one.records, one.events, one.appliedPerSecond.toFixed(0)],
      ...[one.secondsWithBoot.toFixed(1), one.memoryMiB.peak ?? '?', one.memoryMiB.idle ?? '?'],
    ]),
  );
}
