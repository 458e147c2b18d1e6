import type { Finding } from '../checks/check-report.js';
import { judgeOffsets, standsInPlaceOf } from '../checks/judge-partition.js';
import type { ReceivedRecord } from '../record.js';
import { requireCause } from './invariants.js';
import { uses } from './producer.js';
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

export const REST: Phase = { at: 'rest' };

export function end(world: World, process: Process, why: string): true {
  process.session = null;
  world.tell?.(`the relay of ${process.name} ends its session: ${why}`);
  return true;
}

/** setBackCheckpoints, in an epoch of its own, so that nothing of this relay is in flight. */
export function setBack(
  world: World,
  process: Process,
  session: Session,
  compared: Phase & { at: 'compared' },
): boolean {
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
export function readTopic(world: World, process: Process, session: Session): boolean {
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
    seen.push(...tailOf(low, records, from === 'earliest' ? low : from));
    if (verdict.kind === 'halted' && counts(world, session, verdict.finding)) findings.push(verdict.finding);
  }
  const { requested } = world.producer.now.checks;
  session.phase = {
    at: 'topic read',
    requested,
    run: world.producer.run,
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
export function compare(world: World, process: Process, session: Session, read: Phase & { at: 'topic read' }): boolean {
  if (!uses(world, process)) return true;
  const { logs } = world.producer.now;
  const isKnown = (record: ReceivedRecord) =>
    of(logs, record.partition).some(({ position, id }) => position === record.position && id === record.id) &&
    (session.asked.includes(record.partition) || !standsInPlaceOf(of(session.checkpoints, record.partition), record));
  const looks = session.asked.length === 0 ? world.rules.topicAhead : world.rules.republishCompares;
  const strange = looks ? read.seen.filter((record) => !isKnown(record)) : [];
  const passed = strange.length === 0 && read.findings.length === 0;
  session.phase = { at: 'compared', requested: read.requested, run: read.run, passed, ends: read.ends, era: read.era };
  const found = [...read.findings.map(({ kind }) => kind), ...strange.map((record) => `${show([record])} not in log`)];
  world.tell?.(`the relay of ${process.name} compares with the log: ${passed ? 'they agree' : found.join(', ')}`);
  return true;
}

/** answerCheck: refused where the epoch is not the present one, the request unheard of, or Postgres another one. */
export function answer(
  world: World,
  process: Process,
  session: Session,
  compared: Phase & { at: 'compared' },
): boolean {
  if (!uses(world, process)) return true;
  if (session.mustCheck) {
    session.phase = REST;
    return true;
  }
  const { now } = world.producer;
  const { requested, run, passed } = compared;
  if (world.rules.sameServer && run !== world.producer.run) {
    return end(world, process, 'its check began in another run of Postgres');
  }
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
