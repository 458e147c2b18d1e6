import { judgeOffsets, leastEnd, standsInPlaceOf } from '../checks/judge-partition.js';
import type { Finding } from '../checks/check-report.js';
import type { LogRecord, ReceivedRecord } from '../record.js';
import { batchEnds } from '../relay/batch-ends.js';
import { adoptNext, beginAdoption } from './adoption.js';
import { requireCause } from './invariants.js';
import { uses } from './producer.js';
import { writeToTopic } from './topic.js';
import {
  of,
  partitions,
  show,
  type CheckpointRow,
  type Phase,
  type Process,
  type Session,
  type World,
} from './world.js';

/** Records of one partition in one batch. */
const BATCH = 2;
const REST: Phase = { at: 'rest' };

function end(world: World, process: Process, why: string): true {
  process.session = null;
  world.tell?.(`the relay of ${process.name} ends its session: ${why}`);
  return true;
}

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

/** setBackCheckpoints, in an epoch of its own, so that nothing of this relay is in flight. */
function setBack(world: World, process: Process, session: Session, compared: Phase & { at: 'compared' }): boolean {
  if (!uses(world, process)) return true;
  const { now } = world.producer;
  const checkpoints = now.checkpoints.map((row) => {
    const { partition, republishFrom } = row;
    if (republishFrom === null || row.epoch !== session.epoch) return row;
    const offset = of(compared.ends, partition);
    if (compared.era === world.topicEra) world.promises.push({ partition, from: republishFrom, offset });
    return setBackRow(world, row, republishFrom, offset);
  });
  world.producer.commit({ ...now, checkpoints });
  return end(world, process, 'checkpoints were set back for a republish');
}

/** SET_BACK in relay/checkpoints.ts */
export function setBackRow(world: World, row: CheckpointRow, from: number, offset: bigint): CheckpointRow {
  const position = world.rules.republishBack ? Math.min(from - 1, row.position) : from - 1;
  const before = of(world.producer.now.logs, row.partition).find((record) => record.position === position);
  const rest = { anchored: false, republishFrom: null, republishOffset: offset };
  return { ...row, position, recordId: before?.id ?? null, offset, ...rest };
}

/** RelaySession.check, first half: what the offsets say, and the topic's tail. */
function readTopic(world: World, process: Process, session: Session): boolean {
  if (!session.mustCheck) return false;
  if (!uses(world, process)) return true;
  session.mustCheck = false;
  if (session.state === 'relaying') session.state = 'checking';
  const findings: Finding[] = [];
  const seen: ReceivedRecord[] = [];
  for (const checkpoint of session.checkpoints) {
    const { low, end, records } = of(world.topic, checkpoint.partition);
    const verdict = judgeOffsets(checkpoint, { low, high: end });
    const { from } = verdict;
    if (from !== null) seen.push(...tailOf(low, records, from === 'earliest' ? low : from));
    if (verdict.kind === 'halted' && counts(world, session, verdict.finding)) findings.push(verdict.finding);
  }
  const { requested } = world.producer.now.checks;
  session.phase = {
    at: 'topic read',
    requested,
    findings,
    seen,
    ends: world.topic.map(({ end }) => end),
    era: world.topicEra,
  };
  world.tell?.(`the relay of ${process.name} begins check ${String(requested)} and reads the topic: ${show(seen)}`);
  return true;
}

/** What a republish mends does not stand in its way. */
function counts(world: World, session: Session, finding: Finding & { readonly partition: number }): boolean {
  if (session.asked.includes(finding.partition)) {
    if (finding.kind === 'unknown_past') world.told[finding.partition] = true;
    else world.shownByNext = true;
    return false;
  }
  return finding.kind === 'behind' ? world.rules.topicBehind : world.rules.unknownPast;
}

function tailOf(low: bigint, records: readonly ReceivedRecord[], from: bigint): readonly ReceivedRecord[] {
  return from <= low ? records : records.slice(Number(from - low));
}

/** Its second half: Comparison.look and NOT_IN_LOG in checks/compare-topic.ts. */
function compare(world: World, process: Process, session: Session, read: Phase & { at: 'topic read' }): boolean {
  if (!uses(world, process)) return true;
  const { logs } = world.producer.now;
  const isKnown = (record: ReceivedRecord) =>
    of(logs, record.partition).some(({ position, id }) => position === record.position && id === record.id) &&
    (session.asked.includes(record.partition) || !standsInPlaceOf(of(session.checkpoints, record.partition), record));
  const looks = session.asked.length === 0 ? world.rules.topicAhead : world.rules.republishCompares;
  const strange = looks ? read.seen.filter((record) => !isKnown(record)) : [];
  const passed = strange.length === 0 && read.findings.length === 0;
  session.phase = { at: 'compared', requested: read.requested, passed, ends: read.ends, era: read.era };
  const found = [...read.findings.map(({ kind }) => kind), ...strange.map((record) => `${show([record])} not in log`)];
  world.tell?.(`the relay of ${process.name} compares with the log: ${passed ? 'they agree' : found.join(', ')}`);
  return true;
}

/** answerCheck: refused where the epoch is not the present one, or the request unheard of. */
function answer(world: World, process: Process, session: Session, compared: Phase & { at: 'compared' }): boolean {
  if (!uses(world, process)) return true;
  if (session.mustCheck) {
    session.phase = REST;
    return true;
  }
  const { now } = world.producer;
  const { requested, passed } = compared;
  const fresh = now.checks.requested >= requested && now.lease.epoch === session.epoch;
  if (world.rules.freshAnswer && !fresh) return end(world, process, 'its answer to a check is out of date');
  if (!passed) requireCause(world, () => 'a check finds log and topic apart');
  const checks = { ...now.checks, answered: requested, serverRun: world.producer.run };
  world.producer.commit({ ...now, checks: { ...checks, state: passed ? 'passed' : 'halted' } });
  session.state = passed ? 'relaying' : 'halted';
  session.phase = REST;
  for (const partition of partitions) session.ends[partition] = of(compared.ends, partition);
  world.tell?.(`the relay of ${process.name} answers check ${String(requested)}: ${passed ? 'passed' : 'HALTED'}`);
  return true;
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
