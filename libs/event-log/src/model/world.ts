import type { Checkpoint } from '../checks/judge-partition.js';
import type { Finding } from '../checks/check-report.js';
import type { ConsumerRow } from '../consume/consumer-rows.js';
import type { Held } from '../consume/held.js';
import type { LogRecord, ReceivedRecord } from '../record.js';
import type { FreshRecords } from '../relay/fresh-records.js';
import type { Rules } from './rules.js';
import { Server } from './server.js';

export const PARTITIONS = 2;
export const partitions: readonly number[] = [0, 1];

/** The producing service's tables, see migrations/event-log-tables.ts. */
export interface ProducerDb {
  readonly logs: readonly (readonly LogRecord[])[];
  /** event_log_heads */
  readonly heads: readonly { readonly position: number; readonly recordId: string | null }[];
  readonly checkpoints: readonly CheckpointRow[];
  /** event_log_relay */
  readonly lease: { readonly holder: string | null; readonly epoch: number };
  /** event_log_checks */
  readonly checks: {
    readonly requested: number;
    readonly answered: number;
    readonly state: 'unchecked' | 'passed' | 'halted';
    readonly serverRun: number | null;
  };
  /** event_log_adoptions */
  readonly adoptionAsked: boolean;
}

export interface CheckpointRow extends Checkpoint {
  readonly epoch: number;
  readonly republishFrom: number | null;
  readonly republishOffset: bigint | null;
}

/** The consuming service's tables; `applied` stands for its state. */
export interface ConsumerDb {
  readonly rows: readonly (ConsumerRow | null)[];
  readonly applied: readonly (readonly LogRecord[])[];
  /** event_log_accepted_gaps */
  readonly accepted: readonly (readonly Accepted[])[];
}

export interface Accepted {
  readonly kind: 'trimmed' | 'gap' | 'forked';
  /** The record that was gone on with. */
  readonly nextId: string;
  readonly from: number;
  readonly to: number;
}

/** A process of the producing service: it appends, has a gate, and may relay. */
export interface Process {
  readonly name: string;
  /** Another one with every start. */
  holder: string;
  alive: boolean;
  /** The server's connections that its pool is on. */
  connection: number;
  /** Its connections lead to another server since, by way of a pooler, and it has not heard of it yet. */
  unaware: boolean;
  ticket: number | null;
  gateOpen: boolean;
  transaction: { connection: number; partition: number; records: LogRecord[] } | null;
  session: Session | null;
}

/** What a relay holds in memory from taking the lease to losing it; see relay/session.ts. */
export interface Session {
  readonly epoch: number;
  readonly checkpoints: Checkpoint[];
  /** Sent, and not written down yet. */
  readonly unsaved: (Checkpoint | null)[];
  /** Where each topic partition ended when it was last looked at or written to. */
  readonly ends: bigint[];
  /** What its process has committed since, and how far of it was sent. */
  readonly fresh: FreshRecords;
  /** Partitions that are to be republished. */
  readonly asked: readonly number[];
  state: 'checking' | 'relaying' | 'halted';
  mustCheck: boolean;
  phase: Phase;
}

export type Phase =
  | { readonly at: 'rest' }
  | {
      readonly at: 'topic read';
      readonly requested: number;
      readonly run: number;
      readonly findings: Finding[];
      readonly seen: readonly ReceivedRecord[];
      readonly ends: readonly bigint[];
      readonly era: number;
    }
  | {
      readonly at: 'compared';
      readonly requested: number;
      readonly run: number;
      readonly passed: boolean;
      readonly ends: readonly bigint[];
      readonly era: number;
    }
  | { readonly at: 'tail read'; readonly tails: readonly (readonly ReceivedRecord[])[] }
  | { readonly at: 'batch read'; readonly records: readonly LogRecord[] };

/** An instance of the consuming service; see consume/log-consumer.ts. */
export interface Instance {
  readonly name: string;
  alive: boolean;
  connection: number;
  /** What it believes to have been assigned. */
  readonly held: (Held | null)[];
  /** Where its Kafka client reads next. */
  readonly fetchAt: bigint[];
  /** What was handed over and is not settled. */
  readonly buffer: (readonly ReceivedRecord[])[];
  /** Rows to be read again: what is known of them may be of another database. */
  mustLook: boolean[];
  /** Rule `oneTransaction` left out: applied, and the row not moved yet. */
  readonly unmoved: (ConsumerRow | null)[];
}

/** A topic partition. The record at index i has the offset low + i. */
export interface TopicPartition {
  low: bigint;
  /** Where the next record goes. */
  end: bigint;
  records: ReceivedRecord[];
}

export interface World {
  readonly rules: Rules;
  readonly producer: Server<ProducerDb>;
  readonly consumer: Server<ConsumerDb>;
  readonly topic: TopicPartition[];
  readonly processes: readonly Process[];
  readonly instances: readonly Instance[];
  /** Requests whose sender gave up; they may still arrive. */
  readonly late: (readonly LogRecord[])[];
  /** Time has passed since the lease was taken. */
  leaseExpired: boolean;
  /** The group: who has each partition, and the advisory offsets. */
  readonly owner: (number | null)[];
  readonly groupOffset: (bigint | null)[];
  nextId: number;
  nextLife: number;
  /** Every record that was ever numbered, by id. */
  readonly said: Map<string, LogRecord>;
  /** What happened that no rule can make good: from then on the system may stop, visibly. */
  readonly damage: { producer: boolean; topicStart: boolean; topicEnd: boolean };
  /** What a consumer took for repeats and had never applied. */
  readonly skipped: LogRecord[];
  /** Grows whenever the topic loses something. */
  topicEra: number;
  /** An operator republished although records were gone that nobody could compare any more; the log says so. */
  readonly told: boolean[];
  /** What is wrong may only show when the next record comes. */
  shownByNext: boolean;
  /** The end of each topic partition when the producer's database last went back. */
  readonly endAtRestore: bigint[];
  /** Republishes that were done: what must be in the topic from an offset on. Forgotten when the topic is damaged. */
  promises: { readonly partition: number; readonly from: number; readonly offset: bigint }[];
  /** Takes the story down, in plain words; undefined while schedules are only tried. */
  tell: ((line: string) => void) | undefined;
}

/** An invariant does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function newWorld(rules: Rules, tell?: (line: string) => void): World {
  const none = partitions.map(() => null);
  return {
    rules,
    producer: new Server(emptyProducer),
    consumer: new Server<ConsumerDb>({ rows: none, applied: [[], []], accepted: [[], []] }),
    topic: partitions.map(() => ({ low: 0n, end: 0n, records: [] })),
    processes: ['A', 'B'].map(newProcess),
    instances: ['X', 'Y'].map(newInstance),
    late: [],
    leaseExpired: false,
    owner: partitions.map(() => null),
    groupOffset: partitions.map(() => null),
    nextId: 0,
    nextLife: 2,
    damage: { producer: false, topicStart: false, topicEnd: false },
    skipped: [],
    topicEra: 0,
    told: [false, false],
    shownByNext: false,
    said: new Map(),
    endAtRestore: [0n, 0n],
    promises: [],
    tell,
  };
}

const emptyProducer: ProducerDb = {
  logs: [[], []],
  heads: partitions.map(() => ({ position: 0, recordId: null })),
  checkpoints: partitions.map((partition) => ({
    ...{ partition, position: 0, recordId: null, offset: null, anchored: false },
    ...{ epoch: 0, republishFrom: null, republishOffset: null },
  })),
  lease: { holder: null, epoch: 0 },
  checks: { requested: 0, answered: 0, state: 'unchecked', serverRun: null },
  adoptionAsked: false,
};

function newProcess(name: string): Process {
  const idle = { ticket: null, gateOpen: false, transaction: null, session: null };
  return { name, holder: `${name}1`, alive: true, connection: 0, unaware: false, ...idle };
}

function newInstance(name: string): Instance {
  const none = partitions.map(() => null);
  const idle = { held: [...none], fetchAt: [0n, 0n], buffer: [[], []], mustLook: [false, false], unmoved: [...none] };
  return { name, alive: true, connection: 0, ...idle };
}

/** The element of a list that has one for every partition. */
export function of<T>(list: readonly T[], partition: number): T {
  const element = list[partition];
  if (element === undefined) throw new Error(`there is no partition ${String(partition)}`);
  return element;
}

/** The list with another element for one partition. */
export function withAt<T>(list: readonly T[], partition: number, element: T): T[] {
  const copy = [...list];
  copy[partition] = element;
  return copy;
}

/** a, b, … z, aa, ab … */
export function idOf(count: number): string {
  const letter = String.fromCharCode(97 + (count % 26));
  return count < 26 ? letter : idOf(Math.floor(count / 26) - 1) + letter;
}

export function show(records: readonly { readonly position: number; readonly id: string }[]): string {
  return records.length === 0 ? 'nothing' : records.map(({ position, id }) => `${String(position)}${id}`).join(' ');
}
