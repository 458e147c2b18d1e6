import type { LogRecord, ReceivedRecord } from '../record.js';
import { isDamaged } from './invariants.js';
import { of, partitions, show, Violation, type World } from './world.js';

/** Kafka appends the records; answers the offset of the first one of each partition. */
export function writeToTopic(world: World, records: readonly LogRecord[]): Map<number, bigint> {
  const bases = new Map<number, bigint>();
  for (const record of records) {
    const topic = of(world.topic, record.partition);
    const offset = topic.end;
    if (!bases.has(record.partition)) bases.set(record.partition, offset);
    requirePredecessor(world, record, topic.records);
    topic.records.push({ ...record, offset, key: null, source: 'model' });
    topic.end = offset + 1n;
  }
  return bases;
}

/** The first occurrence of n + 1 follows the first of n, unless records of this topic or of the log were lost. */
function requirePredecessor(world: World, record: LogRecord, before: readonly ReceivedRecord[]): void {
  if (isDamaged(world)) return;
  if (before.some(({ id }) => id === record.predecessorId || id === record.id)) return;
  if (record.position === 1 && record.predecessorId === null) return;
  throw new Violation(`${show([record])} came into the topic before its predecessor`);
}

/** A request that its sender had given up arrives after all. */
export function lateRequestArrives(world: World, newestFirst: boolean): boolean {
  const request = newestFirst ? world.late.pop() : world.late.shift();
  if (request === undefined) return false;
  world.tell?.(`a late request arrives: ${show(request)}`);
  writeToTopic(world, request);
  return true;
}

export function recreate(world: World): boolean {
  if (world.topic.every(({ records, low }) => records.length === 0 && low === 0n)) return false;
  for (const topic of world.topic) {
    topic.low = 0n;
    topic.end = 0n;
    topic.records = [];
  }
  damaged(world, 'topicEnd');
  world.tell?.('THE TOPIC IS DELETED AND CREATED AGAIN');
  return true;
}

export function loseTail(world: World, partition: number, count: number): boolean {
  const topic = of(world.topic, partition);
  const lost = topic.records.slice(-count);
  if (lost.length === 0) return false;
  topic.records = topic.records.slice(0, -count);
  topic.end -= BigInt(lost.length);
  damaged(world, 'topicEnd');
  world.tell?.(`THE TOPIC LOSES THE END OF PARTITION ${String(partition)}: ${show(lost)}`);
  return true;
}

export function expire(world: World, partition: number, count: number): boolean {
  const topic = of(world.topic, partition);
  const gone = topic.records.slice(0, count);
  if (gone.length === 0) return false;
  topic.records = topic.records.slice(count);
  topic.low += BigInt(gone.length);
  damaged(world, 'topicStart');
  // To whoever has not read it, the topic just looks empty.
  world.shownByNext = true;
  world.tell?.(`RETENTION TAKES THE BEGINNING OF PARTITION ${String(partition)}: ${show(gone)}`);
  return true;
}

function damaged(world: World, what: 'topicStart' | 'topicEnd'): void {
  world.damage[what] = true;
  world.topicEra++;
  world.promises = [];
  for (const partition of partitions) {
    const end = of(world.topic, partition).end;
    if (of(world.endAtRestore, partition) > end) world.endAtRestore[partition] = end;
  }
}
