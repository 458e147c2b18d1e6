import { judge, type Followed } from '../consume/judge.js';
import type { LogRecord, ReceivedRecord } from '../record.js';
import { tailStarts } from '../repair/adopt/tail.js';
import { uses } from './producer.js';
import {
  of,
  partitions,
  show,
  Violation,
  withAt,
  type Phase,
  type Process,
  type Session,
  type World,
} from './world.js';

/** An operator asks for it, in an epoch of its own (ASK in repair/adopt/ask.ts). */
export function askForAdoption(world: World): boolean {
  const { now } = world.producer;
  if (now.adoptionAsked || now.checks.state !== 'halted') return false;
  const epoch = now.lease.epoch + 1;
  const checkpoints = now.checkpoints.map((row) => ({ ...row, epoch }));
  world.producer.commit({ ...now, adoptionAsked: true, lease: { ...now.lease, epoch }, checkpoints });
  world.tell?.('AN OPERATOR asks for an adoption');
  return true;
}

/** adoptIfAsked: what follows the log's end in the topic, verified as a whole before anything is written. */
export function beginAdoption(world: World, process: Process, session: Session): boolean {
  const { now } = world.producer;
  if (!now.adoptionAsked || session.mustCheck || session.state === 'checking') return false;
  if (!uses(world, process)) return true;
  const tails = session.state === 'halted' ? readTails(world, session) : [];
  if (tails === null || tails.length === 0) {
    const refused = tails === null ? 'the topic does not continue the log' : 'there is nothing to adopt';
    if (now.lease.epoch === session.epoch) world.producer.commit({ ...now, adoptionAsked: false });
    world.tell?.(`the relay of ${process.name} refuses the adoption: ${refused}`);
    return true;
  }
  session.phase = { at: 'tail read', tails };
  world.tell?.(`the relay of ${process.name} finds what to adopt: ${tails.map(show).join(' | ')}`);
  return true;
}

/** readTail and verifyTail. */
function readTails(world: World, session: Session): (readonly ReceivedRecord[])[] | null {
  const { heads, logs } = world.producer.now;
  const offsets = new Map(world.topic.map(({ low, end }, partition) => [partition, { low, high: end }]));
  const ends = heads.map((head, partition) => ({ partition, ...head }));
  const tails: ReceivedRecord[][] = [];
  for (const { head, from } of tailStarts(ends, session.checkpoints, offsets)) {
    const { low, records } = of(world.topic, head.partition);
    const tail: ReceivedRecord[] = [];
    let at: Followed = head;
    for (const record of from === 'earliest' || from <= low ? records : records.slice(Number(from - low))) {
      const judgement = judge(at, record);
      const isKnown = () => [...of(logs, head.partition), ...tail].some(({ id }) => id === record.id);
      if (judgement === 'gap' || judgement === 'forked' || (judgement === 'skip' && !isKnown())) return null;
      if (judgement === 'skip') continue;
      tail.push(record);
      at = { position: record.position, recordId: record.id };
    }
    if (tail.length > 0) tails.push(tail);
  }
  return tails;
}

/** Adopting.adopt: a chunk in one transaction, with the checkpoint; here what one partition has. */
export function adoptNext(world: World, process: Process, adopting: Phase & { at: 'tail read' }): boolean {
  const { session } = process;
  const [tail, ...rest] = adopting.tails;
  const first = tail?.[0];
  const last = tail?.[tail.length - 1];
  if (session === null || tail === undefined || first === undefined || last === undefined) return false;
  if (!uses(world, process)) return true;
  const { now } = world.producer;
  const { partition } = first;
  const head = of(now.heads, partition);
  const isOurs = of(now.checkpoints, partition).epoch === session.epoch;
  if (!isOurs || head.position !== first.position - 1 || head.recordId !== first.predecessorId) {
    process.session = null;
    world.tell?.(`the relay of ${process.name} ends its session: another one was here`);
    return true;
  }
  const log: LogRecord[] = [...of(now.logs, partition), ...tail];
  const moved = { position: last.position, recordId: last.id, offset: last.offset, anchored: true };
  world.producer.commit({
    ...now,
    logs: withAt(now.logs, partition, log),
    heads: withAt(now.heads, partition, { position: last.position, recordId: last.id }),
    checkpoints: withAt(now.checkpoints, partition, { ...of(now.checkpoints, partition), ...moved }),
    adoptionAsked: rest.length > 0,
  });
  world.tell?.(`the relay of ${process.name} adopts ${show(tail)}`);
  requireChains(world);
  if (rest.length > 0) session.phase = { at: 'tail read', tails: rest };
  else process.session = null;
  return true;
}

/** Positions 1, 2, 3 …, each after its predecessor: nothing is put into a log that does not continue it. */
function requireChains(world: World): void {
  for (const partition of partitions) {
    let before: LogRecord | null = null;
    for (const record of of(world.producer.now.logs, partition)) {
      if (record.position !== (before?.position ?? 0) + 1 || record.predecessorId !== (before?.id ?? null)) {
        throw new Violation(`${show([record])} is adopted after ${before === null ? 'nothing' : show([before])}`);
      }
      before = record;
    }
  }
}
