import { judgeGate } from '../checks/judge-gate.js';
import type { LogRecord } from '../record.js';
import { idOf, of, Violation, show, withAt, type Process, type World } from './world.js';

const TEMPLATE = {
  ...{ type: 'ponte.Said.v1', workspaceId: 'w', subject: 'deal/1', time: new Date(0), data: '{}' },
  ...{ correlationId: 'c', causationId: null, traceparent: null, hops: 0 },
};

/**
 * Every use of the database by a process goes through here: a connection that broke is noticed, at the latest, by the
 * use that fails on it.
 */
export function uses(world: World, process: Process): boolean {
  if (process.connection === world.producer.connections) return true;
  noticeLoss(world, process);
  return false;
}

/** `onConnectionLost`: the gate closes and asks for a check (append-gate.ts), and the relay doubts (session.ts). */
export function noticeLoss(world: World, process: Process): boolean {
  if (!process.alive || (process.connection === world.producer.connections && !process.unaware)) return false;
  process.connection = world.producer.connections;
  process.unaware = false;
  process.ticket = null;
  process.gateOpen = false;
  process.transaction = null;
  if (world.rules.doubtEndsSession) process.session = null;
  else if (process.session !== null) process.session.mustCheck = true;
  world.tell?.(`${process.name} notices that its connections to Postgres broke`);
  return true;
}

/** AppendGate.step: asks for a check once, then follows its state. */
export function lookAtGate(world: World, process: Process): boolean {
  if (!process.alive) return false;
  const { now } = world.producer;
  const { checks } = now;
  if (process.ticket === null) {
    if (!uses(world, process)) return true;
    process.ticket = checks.requested + 1;
    world.producer.commit({ ...now, checks: { ...checks, requested: process.ticket } });
    world.tell?.(`${process.name} asks for check ${String(process.ticket)}`);
    return true;
  }
  const sameServer = isSameServer(world);
  const verdict = judgeGate(
    { answered: checks.answered, state: checks.state, sameServer },
    world.rules.ownTicket ? process.ticket : 0,
  );
  const open = verdict === 'open' || (verdict === 'as_it_was' && process.gateOpen);
  if (open === process.gateOpen) return false;
  if (!uses(world, process)) return true;
  process.gateOpen = open;
  world.tell?.(`the gate of ${process.name} ${open ? 'opens' : 'closes'}`);
  return true;
}

/** The check was made in the present run of Postgres, as far as anyone looks. */
function isSameServer({ rules, producer }: World): boolean {
  return !rules.sameServer || producer.now.checks.serverRun === producer.run;
}

/** event_log_append, up to the commit: the guard EL001, the lock on the head, numbering and chaining. */
export function beginAppend(world: World, process: Process, partition: number, count: number): boolean {
  if (!process.alive || process.transaction !== null) return false;
  if (world.rules.gate && !process.gateOpen) return false;
  if (world.rules.headsLocked && isLocked(world, partition)) return false;
  if (!uses(world, process)) return true;
  const { checks } = world.producer.now;
  if (world.rules.gate && (checks.state !== 'passed' || !isSameServer(world))) return false;
  const records: LogRecord[] = [];
  let last = headOf(world, partition);
  for (let n = 0; n < count; n++) {
    const id = idOf(world.nextId++);
    const record = { ...TEMPLATE, id, partition, position: last.position + 1, predecessorId: last.recordId };
    records.push(record);
    world.said.set(id, record);
    last = { position: record.position, recordId: id };
  }
  process.transaction = { connection: process.connection, partition, records };
  if (!world.rules.freshCommitted) process.session?.fresh.add(records);
  world.tell?.(`${process.name} appends ${show(records)} to partition ${String(partition)}, not committed yet`);
  return true;
}

function openAppends(world: World, partition: number) {
  return world.processes.flatMap(({ transaction }) =>
    transaction?.partition === partition && transaction.connection === world.producer.connections ? [transaction] : [],
  );
}

function isLocked(world: World, partition: number): boolean {
  return openAppends(world, partition).length > 0;
}

/** Without the lock numbers come as from a sequence: whoever asks gets the next one, whatever commits first. */
function headOf(world: World, partition: number): { position: number; recordId: string | null } {
  let head = of(world.producer.now.heads, partition);
  for (const { records } of openAppends(world, partition)) {
    const last = records[records.length - 1];
    if (last !== undefined && last.position > head.position) head = { position: last.position, recordId: last.id };
  }
  return head;
}

export function commitAppend(world: World, process: Process): boolean {
  const { transaction } = process;
  if (!process.alive || transaction === null) return false;
  if (!uses(world, process)) return true;
  process.transaction = null;
  const { partition, records } = transaction;
  requireNoOther(world, partition, records);
  const { now } = world.producer;
  const log = [...of(now.logs, partition), ...records].sort((a, b) => a.position - b.position);
  const last = log[log.length - 1];
  const head = { position: last?.position ?? 0, recordId: last?.id ?? null };
  const heads = withAt(now.heads, partition, head);
  world.producer.commit({ ...now, logs: withAt(now.logs, partition, log), heads });
  if (world.rules.freshCommitted) process.session?.fresh.add(records);
  world.tell?.(`${process.name} commits ${show(records)}`);
  return true;
}

export function rollBackAppend(world: World, process: Process): boolean {
  if (!process.alive || process.transaction === null) return false;
  world.tell?.(`${process.name} rolls ${show(process.transaction.records)} back`);
  process.transaction = null;
  return true;
}

/** What is appended must not take the place of what the topic already had when the database went back. */
function requireNoOther(world: World, partition: number, records: readonly LogRecord[]): void {
  const { low, records: topic } = of(world.topic, partition);
  const known = Number(of(world.endAtRestore, partition) - low);
  for (const { position, id } of records) {
    const other = topic.slice(0, Math.max(0, known)).find((there) => there.position === position && there.id !== id);
    if (other === undefined) continue;
    throw new Violation(`${show([{ position, id }])} was appended where the topic already had ${show([other])}`);
  }
}
