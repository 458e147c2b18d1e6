import type { ProjectedRecord } from '../projections/project-records.js';

/** A record with what makes the log provable. */
export interface ChainedRecord extends ProjectedRecord {
  readonly id: string;
  readonly partition: number;
  readonly predecessorId: string | null;
}

/** Where each partition of the log ends: its last position. */
export type Heads = ReadonlyMap<number, number>;

/** What was read is not the whole log, or not the log: nothing can be built from it. */
export class IncompleteLog extends Error {
  override readonly name = 'IncompleteLog';
}

/** Follows the partitions of a log up to their heads: nothing missing, nothing forked, repeats left out. */
export class Chain {
  private readonly ends = new Map<number, { readonly position: number; readonly id: string | null }>();
  /** Records followed. */
  followed = 0;

  constructor(
    private readonly heads: Heads,
    /** What is read, for what an operator is told. */
    private readonly source: string,
  ) {}

  /** The records that are new, and not behind the head. @throws IncompleteLog */
  follow<One extends ChainedRecord>(records: readonly One[]): One[] {
    return records.filter((record) => {
      const end = this.ends.get(record.partition) ?? { position: 0, id: null };
      if (record.position <= end.position || record.position > (this.heads.get(record.partition) ?? 0)) return false;
      const fits = record.position === end.position + 1 && record.predecessorId === end.id;
      if (!fits) throw this.broken(record.partition, end.position, record.position);
      this.ends.set(record.partition, { position: record.position, id: record.id });
      this.followed += 1;
      return true;
    });
  }

  /** @throws IncompleteLog where a partition was not read to its head */
  finish(): void {
    for (const [partition, head] of this.heads) {
      const position = this.ends.get(partition)?.position ?? 0;
      if (position < head) throw this.broken(partition, position, null);
    }
  }

  private broken(partition: number, position: number, found: number | null): IncompleteLog {
    const end = found === null ? `nothing follows ${String(position)}` : `${String(found)} follows ${String(position)}`;
    const head = `the log ends at ${String(this.heads.get(partition) ?? 0)}`;
    return new IncompleteLog(`${this.source}, partition ${String(partition)}: ${end}, and ${head}`);
  }
}
