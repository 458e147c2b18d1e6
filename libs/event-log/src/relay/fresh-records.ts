import { recordBytes, type LogRecord } from '../record.js';
import type { RoundLimits, Waiting } from './read-log.js';

interface Fresh {
  readonly record: LogRecord;
  readonly bytes: number;
}

/**
 * What this process has just appended and committed, so that its relay need not read it back. It is no more than a
 * shortcut: what does not continue what was sent, and what finds no room, is read from the log.
 */
export class FreshRecords {
  private readonly partitions = new Map<number, Fresh[]>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /**
   * Takes committed records, those of each partition one after the other and with whole causes.
   *
   * @returns whether they can be taken from here; the log has them in any case
   */
  add(records: readonly LogRecord[]): boolean {
    let complete = true;
    for (const record of records) complete = this.addOne(record) && complete;
    return complete;
  }

  /**
   * What follows the given positions, within the limits.
   *
   * @returns null when something lies between what was sent and what is here: it is to be read from the log
   */
  takeAfter(after: ReadonlyMap<number, number>, limits: RoundLimits): Waiting | null {
    for (const [partition, fresh] of this.partitions) {
      const sent = after.get(partition) ?? 0;
      const first = fresh[0]?.record.position ?? sent + 1;
      if (first > sent + 1) return null;
      // Their positions follow one another.
      this.drop(partition, fresh, sent + 1 - first);
    }
    return this.take(limits);
  }

  private addOne(record: LogRecord): boolean {
    const bytes = recordBytes(record);
    const fresh = this.partitions.get(record.partition) ?? [];
    const last = fresh.at(-1);
    const continues = last === undefined || last.record.position + 1 === record.position;
    // Answers to the commits of two connections may come in the other order.
    if (!continues || this.bytes + bytes > this.maxBytes) {
      this.drop(record.partition, fresh, fresh.length);
      return false;
    }
    fresh.push({ record, bytes });
    this.partitions.set(record.partition, fresh);
    this.bytes += bytes;
    return true;
  }

  private take(limits: RoundLimits): Waiting {
    const records: LogRecord[] = [];
    let bytes = 0;
    let more = false;
    for (const [partition, fresh] of [...this.partitions]) {
      const batch = fresh.slice(0, batchOf(fresh, limits));
      const size = batch.reduce((sum, one) => sum + one.bytes, 0);
      const fits = bytes === 0 || bytes + size <= limits.bytes;
      if (fits) {
        records.push(...batch.map(({ record }) => record));
        bytes += size;
      }
      if (fits && batch.length === fresh.length) continue;
      more = true;
      // Its turn in the next round comes after that of the others.
      this.partitions.delete(partition);
      this.partitions.set(partition, fresh);
    }
    return { records, more };
  }

  private drop(partition: number, fresh: Fresh[], count: number): void {
    for (const { bytes } of fresh.splice(0, count)) this.bytes -= bytes;
    if (fresh.length === 0) this.partitions.delete(partition);
  }
}

/** How many records are one batch: whole causes, unless the first one alone is over the limits. */
function batchOf(fresh: readonly Fresh[], limits: RoundLimits): number {
  let bytes = 0;
  let fitting = 0;
  while (fitting < fresh.length && fitting < limits.records) {
    bytes += fresh[fitting]?.bytes ?? 0;
    if (fitting > 0 && bytes > limits.bytesPerPartition) break;
    fitting += 1;
  }
  for (let end = fitting; end > 0; end -= 1) {
    if (causeAt(fresh, end - 1) !== causeAt(fresh, end)) return end;
  }
  return fitting;
}

function causeAt(fresh: readonly Fresh[], index: number): string | null {
  const record = fresh[index]?.record;
  return record === undefined ? null : (record.causationId ?? record.correlationId);
}
