import { goOnWith } from '../repair/stopped-partitions.js';
import type { ConsumerRow } from '../consume/consumer-rows.js';
import { setBackRow } from './checking.js';
import { of, show, withAt, type Accepted, type World } from './world.js';

/** republish: asks for it in a new epoch, which ends the session that runs (CAN and ASK in repair/republish.ts). */
export function republish(world: World, partition: number, from: number): boolean {
  const { now } = world.producer;
  const log = of(now.logs, partition);
  const head = of(now.heads, partition).position;
  const has = (position: number) => log.some((record) => record.position === position);
  if (from < 1 || from > head + 1 || (from <= head && !has(from)) || (from > 1 && !has(from - 1))) return false;
  world.tell?.(`AN OPERATOR republishes partition ${String(partition)} from ${String(from)}`);
  if (!world.rules.republishByRelay) {
    const offset = of(world.topic, partition).end;
    world.promises.push({ partition, from, offset });
    const row = setBackRow(world, of(now.checkpoints, partition), from, offset);
    world.producer.commit({ ...now, checkpoints: withAt(now.checkpoints, partition, row) });
    return true;
  }
  const epoch = now.lease.epoch + 1;
  const checkpoints = now.checkpoints.map((row) =>
    row.partition === partition ? { ...row, epoch, republishFrom: from, republishOffset: null } : { ...row, epoch },
  );
  world.producer.commit({ ...now, lease: { ...now.lease, epoch }, checkpoints });
  return true;
}

/** accept: goes on with the record that was found; that is written down. */
export function accept(world: World, partition: number): boolean {
  const row = of(world.consumer.now.rows, partition);
  if (row?.stop?.found.kind !== 'record' || row.status === 'running') return false;
  const { found } = row.stop;
  if (of(world.consumer.now.applied, partition).some(({ id }) => id === found.id)) return false;
  const kind = row.status === 'gap' ? 'gap' : 'forked';
  const next = goOnWith({ position: row.position, record_id: row.recordId }, found);
  // A fork leaves everything of its history out that was before it.
  const from = kind === 'gap' ? row.position + 1 : 1;
  const gap: Accepted = { kind, nextId: found.id, from, to: next.position };
  world.tell?.(`AN OPERATOR accepts the ${kind} in partition ${String(partition)} and goes on with ${show([found])}`);
  const offset = next.offset === null ? row.nextOffset : BigInt(next.offset);
  return run(world, { ...row, position: next.position, recordId: next.recordId, nextOffset: offset }, gap);
}

/** resume: tries again where it was, or from an offset on. */
export function resume(world: World, partition: number, offset: bigint | null): boolean {
  const row = of(world.consumer.now.rows, partition);
  if (row === null || row.status === 'running') return false;
  const at = offset === null ? 'where it was' : `at offset ${String(offset)}`;
  world.tell?.(`AN OPERATOR resumes partition ${String(partition)} ${at}`);
  return run(world, { ...row, nextOffset: offset ?? row.nextOffset }, null);
}

function run(world: World, row: ConsumerRow, gap: Accepted | null): boolean {
  const { now } = world.consumer;
  const { partition } = row;
  const rows = withAt(now.rows, partition, {
    ...row,
    status: 'running' as const,
    stop: null,
    poisonsSince: row.position,
    revision: row.revision + 1,
  });
  const before = of(now.accepted, partition);
  const accepted = gap === null ? now.accepted : withAt(now.accepted, partition, [...before, gap]);
  world.consumer.commit({ ...now, rows, accepted });
  return true;
}
