import type { LogRecord } from '../record.js';
import { of, partitions, show, Violation, type ConsumerDb, type World } from './world.js';

/** Whether something was lost that no rule can make good. */
export function isDamaged({ damage }: World): boolean {
  return damage.producer || damage.topicStart || damage.topicEnd;
}

/** Nothing stops as long as nothing was lost: an alarm means something. */
export function requireCause(world: World, what: () => string): void {
  if (!isDamaged(world)) throw new Violation(`${what()}, though nothing was lost`);
}

/** Each record once; each after its predecessor, unless what lies between was accepted and that is written down. */
export function requireFits(world: World, db: ConsumerDb, partition: number, added: number): void {
  const applied = of(db.applied, partition);
  for (let at = applied.length - added; at < applied.length; at++) {
    const record = truth(world, applied[at]);
    const before = at === 0 ? null : truth(world, applied[at - 1]);
    const earlier = applied.findIndex(({ id }) => id === record.id);
    if (earlier < at) throw new Violation(`${show([record])} is applied twice`);
    const follows =
      record.position === (before?.position ?? 0) + 1 && record.predecessorId === (before === null ? null : before.id);
    if (follows || of(db.accepted, partition).some(({ nextId }) => nextId === record.id)) continue;
    throw new Violation(`${show([record])} is applied after ${before === null ? 'nothing' : show([before])}`);
  }
}

/** As it was appended, whatever a rule that is left out has made of it. */
function truth(world: World, applied: LogRecord | undefined): LogRecord {
  const record = applied === undefined ? undefined : world.said.get(applied.id);
  if (record === undefined) throw new Violation(`${String(applied?.id)} is applied and was never appended`);
  return record;
}

/** What an operator can see: the check has halted, or the partition has stopped. */
export function isVisible(world: World, partition: number): boolean {
  const status = of(world.consumer.now.rows, partition)?.status ?? 'running';
  return status !== 'running' || world.producer.now.checks.state === 'halted';
}

/** Whether what the consumer alone still knew is lost, or an operator went on over records that were gone. */
function isExcused(world: World, partition: number): boolean {
  const { producer, topicEnd } = world.damage;
  return (producer && topicEnd) || of(world.told, partition);
}

/** Notes records of the present log that a consumer takes for repeats and never applied. */
export function noteSkipped(world: World, partition: number, skipped: readonly LogRecord[]): void {
  const { applied, accepted, rows } = world.consumer.now;
  for (const record of skipped) {
    // What an instance remembers of a database that was restored meanwhile is read again, and seeks back.
    if (record.position > (of(rows, partition)?.position ?? 0)) continue;
    if (of(applied, partition).some(({ id }) => id === record.id)) continue;
    if (of(accepted, partition).some(({ from, to }) => record.position >= from && record.position <= to)) continue;
    world.skipped.push(record);
  }
}

/** Whatever is skipped is known, or something says that log and topic, or topic and consumer, do not fit. */
export function requireNoneSkipped(world: World): void {
  for (const record of world.skipped) {
    const { partition, id } = record;
    if (isVisible(world, partition) || isExcused(world, partition)) continue;
    if (!of(world.producer.now.logs, partition).some((one) => one.id === id)) continue;
    if (of(world.consumer.now.applied, partition).some((one) => one.id === id)) continue;
    throw new Violation(`nothing says that something is wrong, and ${show([record])} is skipped as if it were known`);
  }
}

/** When everything has come to rest, each partition has all that its log says, or something says why not. */
export function requireAllApplied(world: World): void {
  for (const partition of partitions) {
    if (isVisible(world, partition)) continue;
    requireRepublished(world, partition);
    if (!isExcused(world, partition)) requireLogApplied(world, partition);
  }
}

function requireLogApplied(world: World, partition: number): void {
  const log = of(world.producer.now.logs, partition);
  const db = world.consumer.now;
  const head = log[log.length - 1];
  const row = of(db.rows, partition);
  if ((row?.position ?? 0) !== (head?.position ?? 0) || (row?.recordId ?? null) !== (head?.id ?? null)) {
    const at = row === null || row.recordId === null ? 'nothing' : `${String(row.position)}${row.recordId}`;
    throw new Violation(
      `nothing says that something is wrong, and partition ${String(partition)} has followed ${at} ` +
        `of a log that ends with ${head === undefined ? 'nothing' : show([head])}`,
    );
  }
  const accepted = of(db.accepted, partition);
  const has = new Set(of(db.applied, partition).map(({ id }) => id));
  const missing = log.filter(
    ({ id, position }) => !has.has(id) && !accepted.some(({ from, to }) => position >= from && position <= to),
  );
  if (missing.length > 0) throw new Violation(`${show(missing)} of partition ${String(partition)} are skipped unseen`);
}

/** A republish that was answered has brought everything from its position on, behind the offset that it answered. */
function requireRepublished(world: World, partition: number): void {
  const log = of(world.producer.now.logs, partition);
  const { low, records } = of(world.topic, partition);
  for (const promise of world.promises.filter((one) => one.partition === partition)) {
    let next = promise.from;
    for (const { id, position } of records.slice(Math.max(0, Number(promise.offset - low)))) {
      if (position === next && log.some((record) => record.id === id)) next++;
    }
    const missing = log.filter(({ position }) => position >= next);
    if (missing.length > 0) {
      throw new Violation(
        `partition ${String(partition)} was republished from ${String(promise.from)}, and ${show(missing)} did not come`,
      );
    }
  }
}
