import type { IncomingRecord } from '@ponte/kafka';
import { isUnreadable, type Unreadable } from '../headers.js';
import { parseType, type ReceivedRecord } from '../record.js';
import { judge, type Followed } from './judge.js';
import { stopAt, type Stop } from './stop.js';

/** A record with what it was read from, which a dead letter keeps whole. */
export interface Waiting {
  readonly incoming: IncomingRecord;
  readonly read: ReceivedRecord | Unreadable;
}

/** One record that moves the position: applied, or passed over because nobody here knows its type. */
export interface Step {
  readonly action: 'apply' | 'pass';
  readonly record: ReceivedRecord;
  readonly incoming: IncomingRecord;
}

/** Records of a topic that retention took before this consumer ever read it. */
export interface Trimmed {
  readonly fromPosition: number;
  readonly toPosition: number;
  readonly offset: bigint;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly skipped: number;
  readonly trimmed: Trimmed | null;
  /** `suspect`: look again from the stored offset before stopping. */
  readonly end: { kind: 'done' } | { kind: 'suspect' } | { kind: 'stop'; stop: Stop };
}

export interface PlanRules {
  /** Name of a type, without its version → the highest version that this program reads. */
  readonly knownTypes: ReadonlyMap<string, number>;
  /** Nothing of the partition was ever consumed, and nothing was accepted in its place. */
  readonly isNew: boolean;
  /** The records come from the stored offset: what does not fit now is not a matter of where the reading began. */
  readonly rewound: boolean;
}

/** What to do with waiting records of one partition, in order, up to the first that does not fit. */
export function planPartition(followed: Followed, waiting: readonly Waiting[], rules: PlanRules): Plan {
  const steps: Step[] = [];
  let skipped = 0;
  let trimmed: Trimmed | null = null;
  let at = followed;
  const finish = (end: Plan['end']): Plan => ({ steps, skipped, trimmed, end });
  const stop = (status: Stop['status'], read: ReceivedRecord | Unreadable, detail: string) => {
    // A second look is only worth it at the first record: later ones follow what was just read.
    const settled = status === 'unknown_version' || (rules.rewound && steps.length === 0);
    return finish(settled ? { kind: 'stop', stop: stopAt(status, at, read, detail) } : { kind: 'suspect' });
  };

  for (const { read, incoming } of waiting) {
    if (isUnreadable(read)) return stop('forked', read, `no record of a log: ${read.header} is missing or unreadable`);
    let judgement = judge(at, read);
    if (judgement === 'gap' && rules.isNew && rules.rewound && steps.length === 0 && read.offset > 0n) {
      trimmed = { fromPosition: 1, toPosition: read.position - 1, offset: read.offset };
      judgement = 'apply';
    }
    if (judgement === 'skip') {
      skipped++;
      continue;
    }
    if (judgement === 'gap') return stop('gap', read, missing(at.position + 1, read.position - 1));
    if (judgement === 'forked') return stop('forked', read, forkedDetail(at, read));
    const known = knows(rules.knownTypes, read.type);
    if (known === 'unknown_version') return stop('unknown_version', read, `this program does not read ${read.type}`);
    steps.push({ action: known === 'known' ? 'apply' : 'pass', record: read, incoming });
    at = { position: read.position, recordId: read.id };
  }
  return finish({ kind: 'done' });
}

function knows(knownTypes: ReadonlyMap<string, number>, type: string): 'known' | 'unknown_type' | 'unknown_version' {
  const parsed = parseType(type);
  const highest = parsed === null ? undefined : knownTypes.get(parsed.name);
  if (parsed === null || highest === undefined) return 'unknown_type';
  return parsed.version <= highest ? 'known' : 'unknown_version';
}

function missing(from: number, to: number): string {
  return from === to ? `position ${String(from)} is missing` : `positions ${String(from)} to ${String(to)} are missing`;
}

function forkedDetail(at: Followed, read: ReceivedRecord): string {
  return read.position === at.position
    ? `another record stands at position ${String(read.position)}`
    : `the record at position ${String(read.position)} follows another one than the record at ${String(at.position)}`;
}
