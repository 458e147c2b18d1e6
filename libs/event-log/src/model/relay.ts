import { leastEnd } from '../checks/judge-partition.js';
import type { LogRecord } from '../record.js';
import { batchEnds } from '../relay/batch-ends.js';
import { FreshRecords } from '../relay/fresh-records.js';
import type { RoundLimits } from '../relay/read-log.js';
import { adoptNext, beginAdoption } from './adoption.js';
import { answer, compare, end, readTopic, REST, setBack } from './checking.js';
import { uses } from './producer.js';
import { writeToTopic } from './topic.js';
import { of, partitions, show, type Process, type Session, type World } from './world.js';

/** Records of one partition in one batch. */
const BATCH = 2;
const LIMITS: RoundLimits = { records: BATCH, bytesPerPartition: 1e6, bytes: 1e9 };

/** takeLease, and the beginning of RelaySession. */
export function takeLease(world: World, process: Process): boolean {
  if (!process.alive || process.session !== null) return false;
  const { now } = world.producer;
  const { holder } = process;
  if (now.lease.holder !== null && now.lease.holder !== holder && !world.leaseExpired) return false;
  if (!uses(world, process)) return true;
  const epoch = now.lease.epoch + 1;
  const checkpoints = now.checkpoints.map((checkpoint) => ({ ...checkpoint, epoch }));
  world.producer.commit({ ...now, lease: { holder, epoch }, checkpoints });
  world.leaseExpired = false;
  process.session = {
    epoch,
    checkpoints: [...checkpoints],
    unsaved: partitions.map(() => null),
    ends: partitions.map(() => 0n),
    fresh: new FreshRecords(1e9),
    state: 'checking',
    mustCheck: true,
    asked: checkpoints.flatMap(({ partition, republishFrom }) => (republishFrom === null ? [] : [partition])),
    phase: REST,
  };
  world.tell?.(`${process.name} takes the lease: epoch ${String(epoch)}`);
  return true;
}

/** The next thing that a session does by itself; sends are apart, since they end in many ways. */
export function goOn(world: World, process: Process): boolean {
  const { session } = process;
  if (!process.alive || session === null) return false;
  switch (session.phase.at) {
    case 'rest':
      return readTopic(world, process, session) || beginAdoption(world, process, session) || readBatch(world, process);
    case 'topic read':
      return compare(world, process, session, session.phase);
    case 'compared':
      if (session.asked.length > 0 && session.phase.passed) return setBack(world, process, session, session.phase);
      return answer(world, process, session, session.phase);
    case 'tail read':
      return adoptNext(world, process, session.phase);
    case 'batch read':
      return false;
  }
}

/** RelaySession.round, up to the send. */
function readBatch(world: World, process: Process): boolean {
  const { session } = process;
  if (session === null || session.state !== 'relaying' || session.mustCheck) return false;
  const records = partitions.flatMap((partition) => nextOf(world, session, partition));
  if (records.length === 0) return false;
  if (!uses(world, process)) return true;
  session.phase = { at: 'batch read', records };
  world.tell?.(`the relay of ${process.name} reads a batch: ${show(records)}`);
  if (!world.rules.ackFirst) {
    noteSent(session, records, new Map(records.map(({ partition }) => [partition, of(world.topic, partition).end])));
    saveCheckpoints(world, process);
  }
  return true;
}

/** RelaySession.waiting, where nothing has to be read: the database is not asked, so nothing is noticed of it. */
export function takeFresh(world: World, process: Process): boolean {
  const { session } = process;
  if (!process.alive || session?.phase.at !== 'rest' || session.state !== 'relaying' || session.mustCheck) return false;
  const after = new Map(session.checkpoints.map(({ partition, position }) => [partition, position]));
  const taken = world.rules.freshContinues ? session.fresh.takeAfter(after, LIMITS) : afterAnything(session, after);
  if (taken === null || taken.records.length === 0) return false;
  const { records } = taken;
  session.phase = { at: 'batch read', records };
  world.tell?.(`the relay of ${process.name} takes what was just committed: ${show(records)}`);
  return true;
}

/** Rule `freshContinues` left out: what lies before it is forgotten. */
function afterAnything({ fresh }: Session, after: Map<number, number>): ReturnType<FreshRecords['takeAfter']> {
  for (;;) {
    const taken = fresh.takeAfter(after, LIMITS);
    if (taken !== null) return taken;
    for (const [partition, position] of after) after.set(partition, position + 1);
  }
}

/** READ_AFTER in relay/read-log.ts */
function nextOf(world: World, session: Session, partition: number): readonly LogRecord[] {
  const { position: after } = of(session.checkpoints, partition);
  const log = of(world.producer.now.logs, partition);
  const first = log.findIndex(({ position }) => position > after);
  return first < 0 ? [] : log.slice(first, first + BATCH);
}

/** What the relay itself goes on from. It is written down a little later (LateCheckpoints). */
function noteSent(session: Session, records: readonly LogRecord[], bases: ReadonlyMap<number, bigint>): void {
  for (const checkpoint of batchEnds(records, bases)) {
    session.checkpoints[checkpoint.partition] = checkpoint;
    session.unsaved[checkpoint.partition] = checkpoint;
    session.ends[checkpoint.partition] = checkpoint.offset + 1n;
  }
}

/** event_log_checkpoint: not durable by itself, and only in the present epoch. */
export function saveCheckpoints(world: World, process: Process): boolean {
  const { session } = process;
  const unsaved = session?.unsaved.flatMap((checkpoint) => (checkpoint === null ? [] : [checkpoint])) ?? [];
  if (!process.alive || session === null || unsaved.length === 0) return false;
  if (!uses(world, process)) return true;
  const { now } = world.producer;
  const fenced = unsaved.some(({ partition }) => of(now.checkpoints, partition).epoch !== session.epoch);
  if (fenced && world.rules.fence) return end(world, process, 'its checkpoints are fenced off');
  const lacks = unsaved.some(({ partition, recordId }) => of(now.logs, partition).every(({ id }) => id !== recordId));
  if (lacks && world.rules.inLog) return end(world, process, 'the log does not have what it sent');
  const checkpoints = [...now.checkpoints];
  for (const checkpoint of unsaved) {
    checkpoints[checkpoint.partition] = { ...of(checkpoints, checkpoint.partition), ...checkpoint };
    session.unsaved[checkpoint.partition] = null;
  }
  world.producer.commit({ ...now, checkpoints }, false);
  const at = unsaved.map(({ position, recordId }) => ({ position, id: recordId ?? '' }));
  world.tell?.(`the relay of ${process.name} saves its checkpoints: ${show(at)}`);
  return true;
}

export type SendOutcome = 'answered' | 'answer lost' | 'partly written' | 'not written' | 'still under way';

/** RecordSender.send, and what the session makes of its outcome. */
export function send(world: World, process: Process, outcome: SendOutcome): boolean {
  const { session } = process;
  if (!process.alive || session?.phase.at !== 'batch read') return false;
  const { records } = session.phase;
  world.tell?.(`the relay of ${process.name} sends ${show(records)}: ${outcome}`);
  switch (outcome) {
    case 'answered': {
      const bases = writeToTopic(world, records);
      const lost = [...bases].some(([partition, base]) => base < leastEnd(of(session.checkpoints, partition)));
      if (lost && world.rules.landsAfter) return end(world, process, 'the topic has lost its end');
      if (world.rules.ackFirst) noteSent(session, records, bases);
      session.phase = REST;
      return true;
    }
    case 'answer lost':
      writeToTopic(world, records);
      break;
    case 'partly written':
      writeToTopic(
        world,
        records.filter((record, at) => record.partition !== records[at - 1]?.partition),
      );
      break;
    case 'still under way':
      world.late.push(records);
      break;
    case 'not written':
      break;
  }
  if (world.rules.startAgain) return end(world, process, 'the send failed');
  passOver(session, records);
  return true;
}

/** Rule `oneInFlight` left out: the next batch is read while this one is under way. */
export function sendWithoutWaiting(world: World, process: Process): boolean {
  const { session } = process;
  if (world.rules.oneInFlight || !process.alive || session?.phase.at !== 'batch read') return false;
  world.tell?.(`the relay of ${process.name} sends ${show(session.phase.records)} and does not wait for the answer`);
  world.late.push(session.phase.records);
  passOver(session, session.phase.records);
  return true;
}

function passOver(session: Session, records: readonly LogRecord[]): void {
  for (const { partition, position, id } of records) {
    session.checkpoints[partition] = { ...of(session.checkpoints, partition), position, recordId: id };
  }
  session.phase = REST;
}

/** The topic does not end where this relay left it: whatever wrote to it or took from it, a check must look. */
export function watchEnd(world: World, process: Process): boolean {
  const { session } = process;
  if (!world.rules.watchEnd || !process.alive || session === null || session.mustCheck) return false;
  if (session.state !== 'relaying' || session.phase.at !== 'rest') return false;
  if (partitions.every((partition) => of(session.ends, partition) === of(world.topic, partition).end)) return false;
  session.mustCheck = true;
  world.tell?.(`the relay of ${process.name} sees that the topic ends elsewhere`);
  return true;
}

/** A halted relay looks again after a while. */
export function lookWhileHalted(world: World, process: Process): boolean {
  const { session } = process;
  if (!process.alive || session?.state !== 'halted' || session.mustCheck || session.phase.at !== 'rest') return false;
  session.mustCheck = true;
  world.tell?.(`the relay of ${process.name} looks at the topic again`);
  return true;
}

/** renewLease: another epoch or another holder ends the session; a check that was asked for is made. */
export function renew(world: World, process: Process): boolean {
  const { session } = process;
  if (!process.alive || session?.phase.at !== 'rest') return false;
  const { lease, checks } = world.producer.now;
  const lost = lease.epoch !== session.epoch || lease.holder !== process.holder;
  if (!lost && (checks.requested <= checks.answered || session.mustCheck)) return false;
  if (!uses(world, process)) return true;
  if (lost) return end(world, process, 'another one has the lease');
  session.mustCheck = true;
  world.tell?.(`the relay of ${process.name} learns that a check is asked for`);
  return true;
}
