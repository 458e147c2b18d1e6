import { setTimeout as sleep } from 'node:timers/promises';
import { EventLog, LOG_PARTITIONS } from '@ponte/event-log';
import { connectDatabase, type Database } from '@ponte/service-kit';
import type { Rig } from '../world/rig.js';
import { backlogRecords, type BacklogTarget } from './backlog-records.js';
import { residentMiB, watchMemory } from './memory.js';

export interface BacklogFigures {
  readonly records: number;
  readonly partitions: number;
  readonly appliedPerSecond: number;
  /** From the start of the process: it boots, joins its group and reads. */
  readonly secondsWithBoot: number;
  readonly events: number;
  readonly memoryMiB: { readonly idle: number | null; readonly peak: number | null };
}

const INBOUND = 'ponte.inbound.v1';
const BATCH = 2_000;

/**
 * W4: with every service but ingress stopped, a backlog is appended to ingress's log, whose relay brings it into the
 * topic; then deals runs alone and is watched until it has applied all of it. The services run again afterwards.
 *
 * @param targets the backlog is shared evenly among them, in turns
 */
export async function measureBacklog(
  { stack, kafka }: Pick<Rig, 'stack' | 'kafka'>,
  targets: readonly BacklogTarget[],
  records: number,
): Promise<BacklogFigures> {
  const [ingress, deals, dispatcher] = [stack.process('ingress'), stack.process('deals'), stack.process('dispatcher')];
  const database = await connectDatabase({ url: stack.databaseUrls.deals, poolSize: 1 });
  try {
    await dispatcher.stop();
    await deals.stop();
    const { partitions, appended } = await fillTopic(stack.databaseUrls.ingress, kafka, targets, records);
    await ingress.stop();
    const before = await progressOf(database);
    const startedMs = performance.now();
    await deals.start();
    const memory = watchMemory(deals.pid);
    const rate = await watchUntil(database, before.applied + appended);
    const secondsWithBoot = (performance.now() - startedMs) / 1000;
    const after = await progressOf(database);
    const peak = memory.peakMiB();
    await sleep(3_000);
    return {
      ...{
        records: appended,
        partitions,
        appliedPerSecond: rate,
        secondsWithBoot,
        events: after.events - before.events,
      },
      memoryMiB: { idle: residentMiB(deals.pid), peak },
    };
  } finally {
    await database.close();
    await deals.start();
    await ingress.start();
    await dispatcher.start();
  }
}

async function fillTopic(
  url: string,
  kafka: Rig['kafka'],
  targets: readonly BacklogTarget[],
  records: number,
): Promise<{ readonly partitions: number; readonly appended: number }> {
  const database = await connectDatabase({ url, poolSize: 3 });
  const log = new EventLog({
    ...{ database, kafka, source: 'ponte/ingress', topic: INBOUND },
    ...{ partitions: LOG_PARTITIONS, maxRecordBytes: 2 * 1_048_576 },
  });
  try {
    await log.start();
    await log.gate.whenOpen(AbortSignal.timeout(30_000));
    const share = Math.ceil(records / targets.length);
    for (let first = 0; first < share; first += BATCH) {
      for (const target of targets) {
        const batch = backlogRecords(target, { first, count: Math.min(BATCH, share - first) });
        await database.transaction((sql) => log.append(sql, batch));
      }
    }
    await relayed(log);
    const partitions = new Set(targets.map((target) => log.partitionOf(target.workspaceId))).size;
    return { partitions, appended: share * targets.length };
  } finally {
    await log.stop();
    await database.close();
  }
}

async function relayed(log: EventLog): Promise<void> {
  for (;;) {
    const progress = await log.progress();
    if (progress.every(({ head, relayed: position }) => position >= head)) return;
    await sleep(200);
  }
}

interface Progress {
  readonly applied: number;
  readonly events: number;
}

async function progressOf(database: Database): Promise<Progress> {
  const [progress] = await database.query<Progress>(
    `SELECT (SELECT coalesce(sum(position), 0)::bigint FROM event_log_consumers WHERE topic = $1) AS applied,
            (SELECT sum(position)::bigint FROM event_log_heads) AS events`,
    [INBOUND],
  );
  return progress ?? { applied: 0, events: 0 };
}

/**
 * @returns records a second, from the first that were seen applied to the last
 * @throws where all of them were applied before anything was seen
 */
async function watchUntil(database: Database, target: number): Promise<number> {
  const { applied: start } = await progressOf(database);
  let first: { readonly applied: number; readonly atMs: number } | null = null;
  for (;;) {
    const { applied } = await progressOf(database);
    const atMs = performance.now();
    if (first === null && applied >= target)
      throw new Error('The backlog is too small to be timed: give more --records.');
    if (first === null && applied > start) first = { applied, atMs };
    if (first !== null && applied >= target) return ((applied - first.applied) * 1000) / (atMs - first.atMs);
    await sleep(100);
  }
}
