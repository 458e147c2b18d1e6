import { isSurelyItsRow } from './drain-partition.js';

const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 60_000;

/** Of 100 rows 5 may be set aside: each counts this many rows, and the rows published make up for it. */
const ROWS_PER_SET_ASIDE = 20;
const MOST_COUNTED = 100;

/**
 * Which partitions cannot be drained just now, and since how many tries. Kept in memory: another instance finds out by
 * itself.
 */
export class PartitionTrouble {
  private readonly failures = new Map<number, { tries: number; restsUntil: number }>();
  private readonly counted = new Map<number, number>();

  /** In ascending order. */
  partitions(): number[] {
    return [...this.failures.keys()].sort((a, b) => a - b);
  }

  rests(partition: number, nowMs: number): boolean {
    return (this.failures.get(partition)?.restsUntil ?? 0) > nowMs;
  }

  /** The partition is left alone for a while: for longer each time, up to a minute. */
  failed(partition: number, nowMs: number): void {
    const tries = (this.failures.get(partition)?.tries ?? 0) + 1;
    const rest = Math.min(FIRST_REST_MS * 2 ** (tries - 1), LONGEST_REST_MS);
    this.failures.set(partition, { tries, restsUntil: nowMs + rest });
  }

  over(partition: number): void {
    this.failures.delete(partition);
  }

  /** Forgets all partitions but these: the others have nothing left that could be in trouble. */
  keep(partitions: readonly number[]): void {
    const kept = new Set(partitions);
    for (const partition of this.failures.keys()) if (!kept.has(partition)) this.failures.delete(partition);
  }

  /**
   * Whether one more row may be set aside, and counts it. Row after row that is refused is a mistake of ours and not
   * bad data: then the backlog must stay. A record that is too large is so whatever else is wrong.
   */
  maySetAside(partition: number, error: unknown): boolean {
    if (isSurelyItsRow(error)) return true;
    const counted = (this.counted.get(partition) ?? 0) + ROWS_PER_SET_ASIDE;
    if (counted > MOST_COUNTED) return false;
    this.counted.set(partition, counted);
    return true;
  }

  published(partition: number, rows: number): void {
    this.counted.set(partition, Math.max(0, (this.counted.get(partition) ?? 0) - rows));
  }
}
