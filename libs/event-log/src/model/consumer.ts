import type { IncomingRecord } from '@ponte/kafka';
import type { ConsumerRow } from '../consume/consumer-rows.js';
import { Held } from '../consume/held.js';
import { judge } from '../consume/judge.js';
import { planPartition, type Plan, type PlanRules } from '../consume/plan.js';
import type { LogRecord, ReceivedRecord } from '../record.js';
import { noteSkipped, requireCause, requireFits } from './invariants.js';
import { of, partitions, show, withAt, type ConsumerDb, type Instance, type World } from './world.js';

/** Records of one partition that one fetch brings. */
const FETCH = 3;
const KNOWN_TYPES = new Map([['ponte.Said', 1]]);
const INCOMING: IncomingRecord = { partition: 0, offset: 0n, key: null, headers: {}, value: null, timestampMs: 0 };

const NEW_ROW = {
  ...{ position: 0, recordId: null, nextOffset: null, status: 'running' as const, stop: null },
  ...{ parked: 0, revision: 0, poisonsSince: 0 },
};

/** As `uses` of a process: what was being done fails, and the rows are read again before the next try (Runner.distrust). */
function uses(world: World, instance: Instance): boolean {
  if (instance.connection === world.consumer.connections) return true;
  noticeLoss(world, instance);
  for (const held of instance.held) if (held !== null) held.stale = true;
  return false;
}

/** `onConnectionLost`: the database may be another one than before. */
export function noticeLoss(world: World, instance: Instance): boolean {
  if (!instance.alive || instance.connection === world.consumer.connections) return false;
  instance.connection = world.consumer.connections;
  world.tell?.(`${instance.name} notices that its connections to Postgres broke`);
  if (world.rules.lookAfterLoss) instance.mustLook = instance.held.map((held) => held !== null);
  return true;
}

/** The group gives a partition to an instance; whoever had it does not know yet. LogConsumer.assigned, takeRows. */
export function assign(world: World, to: number, partition: number): boolean {
  const instance = world.instances[to];
  if (instance?.alive !== true || world.owner[partition] === to) return false;
  if (!uses(world, instance)) return true;
  world.owner[partition] = to;
  const row = of(world.consumer.now.rows, partition) ?? makeRow(world, partition);
  instance.held[partition] = new Held(row, null);
  instance.unmoved[partition] = null;
  world.tell?.(`${instance.name} gets partition ${String(partition)}, which is at ${String(row.position)}`);
  const group = of(world.groupOffset, partition) ?? of(world.topic, partition).low;
  seek(world, instance, partition, world.rules.seek ? row.nextOffset : group);
  return true;
}

function makeRow(world: World, partition: number): ConsumerRow {
  const { now } = world.consumer;
  const row = { partition, ...NEW_ROW };
  world.consumer.commit({ ...now, rows: withAt(now.rows, partition, row) });
  return row;
}

/** An instance learns that a partition is another's now. */
export function revoke(world: World, index: number, partition: number): boolean {
  const instance = world.instances[index];
  if (instance?.alive !== true || world.owner[partition] === index || of(instance.held, partition) === null)
    return false;
  instance.held[partition] = null;
  instance.buffer[partition] = [];
  instance.unmoved[partition] = null;
  world.tell?.(`${instance.name} learns that partition ${String(partition)} is another’s`);
  return true;
}

function seek(world: World, instance: Instance, partition: number, offset: bigint | null): void {
  instance.buffer[partition] = [];
  instance.fetchAt[partition] = offset ?? of(world.topic, partition).low;
}

/** The transport. An offset that the topic does not have is answered with its earliest one (`fromBeginning`). */
export function fetch(world: World, instance: Instance): boolean {
  if (!instance.alive) return false;
  let fetched = false;
  for (const partition of partitions) {
    if (of(instance.held, partition)?.running !== true || of(instance.buffer, partition).length > 0) continue;
    const topic = of(world.topic, partition);
    const wanted = of(instance.fetchAt, partition);
    if (wanted === topic.end) continue;
    const from = wanted < topic.low || wanted > topic.end ? topic.low : wanted;
    const first = Number(from - topic.low);
    const records = topic.records.slice(first, first + FETCH);
    if (records.length === 0) continue;
    instance.buffer[partition] = records;
    instance.fetchAt[partition] = from + BigInt(records.length);
    world.tell?.(`${instance.name} fetches ${show(records)} of partition ${String(partition)}`);
    fetched = true;
  }
  return fetched;
}

export type Outcome = 'committed' | 'answer lost' | 'failed';

/** LogConsumer.records: refresh, plan, one transaction over all partitions, settle. */
export function take(world: World, instance: Instance, outcome: Outcome): boolean {
  if (!instance.alive || instance.buffer.every((records) => records.length === 0)) return false;
  if (!uses(world, instance)) return true;
  refresh(world, instance);
  const plans = partitions.flatMap((partition) => planOf(world, instance, partition));
  if (outcome === 'failed') return fail(world, instance, plans, 'its transaction is rolled back');
  const moving = plans.filter(({ plan }) => plan.steps.length > 0);
  if (moving.length > 0 && !transact(world, instance, moving)) {
    return fail(world, instance, moving, 'a row was changed by somebody else');
  }
  if (outcome === 'answer lost') return fail(world, instance, moving, 'the answer to its commit is lost');
  for (const one of plans) settle(world, instance, one);
  return plans.length > 0;
}

interface Planned {
  readonly partition: number;
  readonly held: Held;
  readonly plan: Plan;
}

function fail(world: World, instance: Instance, plans: readonly Planned[], why: string): boolean {
  if (plans.length === 0) return false;
  for (const { held } of plans) held.stale = true;
  world.tell?.(`${instance.name} starts again: ${why}`);
  return true;
}

/** LogConsumer.refresh and reread. */
function refresh(world: World, instance: Instance): void {
  for (const partition of partitions) {
    const held = of(instance.held, partition);
    if (held?.stale !== true) continue;
    const row = of(world.consumer.now.rows, partition);
    if (row === null) continue;
    held.row = row;
    held.stale = false;
    if (!held.running) instance.buffer[partition] = [];
  }
}

function planOf(world: World, instance: Instance, partition: number): Planned[] {
  const held = of(instance.held, partition);
  const records = of(instance.buffer, partition);
  if (held === null || records.length === 0 || of(instance.unmoved, partition) !== null) return [];
  if (!held.running) {
    instance.buffer[partition] = [];
    return [];
  }
  const rewound = held.rewoundAt === held.row.position || !world.rules.seek;
  const plan = planWith(world, held, records, { knownTypes: KNOWN_TYPES, isNew: held.isNew, rewound });
  held.trimmed = plan.trimmed;
  return [{ partition, held, plan }];
}

/** The library's own plan. A rule is left out by making each record fit it before the plan sees it. */
function planWith(world: World, held: Held, records: readonly ReceivedRecord[], rules: PlanRules): Plan {
  const { position, predecessor, skip } = world.rules;
  if (position && predecessor && skip) {
    return planPartition(
      held.row,
      records.map((read) => ({ incoming: INCOMING, read })),
      rules,
    );
  }
  let at = { position: held.row.position, recordId: held.row.recordId };
  const fitted = records.map((read) => {
    const judgement = judge(at, read);
    const passes =
      judgement === 'apply' ||
      (judgement === 'gap' && !position) ||
      (judgement === 'forked' && !predecessor && read.position > at.position) ||
      (judgement !== 'gap' && read.position <= at.position && !skip);
    if (!passes) return { incoming: INCOMING, read };
    const fits = { ...read, position: at.position + 1, predecessorId: at.recordId };
    at = { position: fits.position, recordId: fits.id };
    return { incoming: INCOMING, read: fits };
  });
  return planPartition(held.row, fitted, rules);
}

/** event_log_advance, noteTrimmed and `apply`, in one transaction; false when a row is not as it was known. */
function transact(world: World, instance: Instance, moving: readonly Planned[]): boolean {
  const { rows } = world.consumer.now;
  if (world.rules.rowCompared && moving.some(({ partition, held }) => !isAsKnown(of(rows, partition), held.row))) {
    return false;
  }
  let db: ConsumerDb = world.consumer.now;
  for (const { partition, held, plan } of moving) {
    const records = plan.steps.map(({ record }) => record);
    const last = records[records.length - 1];
    if (last === undefined) continue;
    const row = { ...held.row, position: last.position, recordId: last.id, nextOffset: last.offset + 1n };
    db = applied(db, partition, records, plan);
    requireFits(world, db, partition, records.length);
    if (world.rules.oneTransaction) db = { ...db, rows: withAt(db.rows, partition, row) };
    else instance.unmoved[partition] = row;
    world.tell?.(`${instance.name} applies ${show(records)} of partition ${String(partition)}`);
  }
  world.consumer.commit(db);
  return true;
}

function isAsKnown(row: ConsumerRow | null, known: ConsumerRow): boolean {
  return row?.position === known.position && row.revision === known.revision && row.status === 'running';
}

function applied(db: ConsumerDb, partition: number, records: readonly LogRecord[], plan: Plan): ConsumerDb {
  const next = { ...db, applied: withAt(db.applied, partition, [...of(db.applied, partition), ...records]) };
  const [first] = records;
  if (plan.trimmed === null || first === undefined) return next;
  const { fromPosition: from, toPosition: to } = plan.trimmed;
  const gap = { kind: 'trimmed' as const, nextId: first.id, from, to };
  return { ...next, accepted: withAt(db.accepted, partition, [...of(db.accepted, partition), gap]) };
}

/** LogConsumer.settle, and what Runner.committed does to the memory. */
function settle(world: World, instance: Instance, { partition, held, plan }: Planned): void {
  const last = plan.steps[plan.steps.length - 1]?.record;
  const reached = last ?? held.row;
  noteSkipped(
    world,
    partition,
    of(instance.buffer, partition).filter(({ position }) => position <= reached.position),
  );
  if (last !== undefined) {
    held.row = { ...held.row, position: last.position, recordId: last.id, nextOffset: last.offset + 1n };
    held.rewoundAt = null;
    held.trimmed = null;
  }
  instance.buffer[partition] = [];
  if (plan.end.kind === 'done') {
    world.groupOffset[partition] = of(instance.fetchAt, partition);
    return;
  }
  if (plan.end.kind === 'suspect') {
    held.rewoundAt = held.row.position;
    seek(world, instance, partition, held.row.nextOffset);
    world.tell?.(`${instance.name} finds partition ${String(partition)} broken and looks again from its stored offset`);
    return;
  }
  const { now } = world.consumer;
  const row = of(now.rows, partition);
  if (!isAsKnown(row, held.row) || row === null) {
    held.stale = true;
    return;
  }
  const { stop } = plan.end;
  requireCause(world, () => `${instance.name} stops partition ${String(partition)}: ${stop.detail}`);
  held.row = { ...row, status: stop.status, stop };
  world.consumer.commit({ ...now, rows: withAt(now.rows, partition, held.row) });
  world.tell?.(`${instance.name} STOPS partition ${String(partition)} (${stop.status}): ${stop.detail}`);
}

/** Rule `oneTransaction` left out: the row moves in a transaction of its own. */
export function moveRows(world: World, instance: Instance): boolean {
  const moves = partitions.filter((partition) => of(instance.unmoved, partition) !== null);
  if (!instance.alive || moves.length === 0 || !uses(world, instance)) return false;
  let db = world.consumer.now;
  for (const partition of moves) {
    db = { ...db, rows: withAt(db.rows, partition, of(instance.unmoved, partition)) };
    instance.unmoved[partition] = null;
  }
  world.consumer.commit(db);
  world.tell?.(`${instance.name} moves its rows`);
  return true;
}

/** LogConsumer.pollStopped and goOn: an operator may have repaired a stopped partition. */
export function lookAtRows(world: World, instance: Instance): boolean {
  if (!instance.alive) return false;
  let changed = false;
  for (const partition of partitions) {
    const held = of(instance.held, partition);
    const row = of(world.consumer.now.rows, partition);
    if (held === null) continue;
    const repaired = !held.running && row?.status === 'running';
    if (!repaired && !of(instance.mustLook, partition)) continue;
    if (!uses(world, instance)) return true;
    instance.mustLook[partition] = false;
    held.stale = false;
    held.row = row ?? makeRow(world, partition);
    held.rewoundAt = null;
    seek(world, instance, partition, held.row.nextOffset);
    const { position } = held.row;
    world.tell?.(`${instance.name} reads the row of partition ${String(partition)} again: ${String(position)}`);
    changed = true;
  }
  return changed;
}
