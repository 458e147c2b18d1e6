import type { ConsumerRow, TrialMark } from './consumer-rows.js';
import type { Trimmed } from './plan.js';

/**
 * How to go on with a partition whose last owner died: first the next batch under one mark, then, if that ended the
 * process again, record by record up to where the mark went.
 */
export type Careful = { readonly kind: 'batch' } | { readonly kind: 'singles'; readonly mark: TrialMark };

/** A partition that this instance has now, and what it knows of it. */
export class Held {
  /** The row may have changed: an outcome is unknown, or somebody else moved it. */
  stale = false;
  /** A connection broke since the row was read: the database may be another one. */
  doubted = false;
  /** What is read does not come from where the row says. */
  misplaced = false;
  /** The position at which the stored offset was sought once more. */
  rewoundAt: number | null = null;
  /** To be written down with the first step. */
  trimmed: Trimmed | null = null;
  /** One past the last record that was handed over. */
  seenTo = 0n;
  highWatermark = 0n;
  /** Time of the last record that was followed. */
  lastTime: Date | null = null;

  constructor(
    public row: ConsumerRow,
    public careful: Careful | null,
  ) {}

  get running(): boolean {
    return this.row.status === 'running';
  }

  get isNew(): boolean {
    return this.row.position === 0 && this.row.recordId === null && this.row.nextOffset === null;
  }
}

/** What an assigned row asks for: nothing, unless its last owner died while it had the partition. */
export function carefulAfter(abandoned: boolean, mark: TrialMark | null, position: number): Careful | null {
  if (!abandoned) return null;
  return mark !== null && mark.to > position ? { kind: 'singles', mark } : { kind: 'batch' };
}

/** How often the process has ended while this record was among what was tried. */
export function triesOf(mark: TrialMark, position: number): number {
  return position >= mark.from && position <= mark.to ? mark.tries : 0;
}
