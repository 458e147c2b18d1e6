import type { PartitionControl } from '@ponte/kafka';
import type { Database } from '@ponte/service-kit';
import type { ProtocolLog } from '../protocol-log.js';
import { readRows, takeRows, type ConsumerKey, type ConsumerRow } from './consumer-rows.js';
import type { Held } from './held.js';

export interface WatchedRows {
  readonly database: Database;
  readonly key: ConsumerKey;
  readonly owner: string;
  readonly pollMs: number;
  readonly log: ProtocolLog;
  readonly held: ReadonlyMap<number, Held>;
  control(): PartitionControl | null;
}

/**
 * Looks at rows that others may have changed: those of stopped partitions, which an operator repairs, and all of them
 * after a connection broke. The next one may lead to a database that was restored, whose rows are behind what was
 * followed; while no record comes in, nothing else would tell.
 */
export class RowWatch {
  private poll: NodeJS.Timeout | null = null;

  constructor(private readonly rows: WatchedRows) {}

  /** A connection to the database broke. */
  doubt(): void {
    for (const held of this.rows.held.values()) held.doubted = true;
    this.watch();
  }

  /** Looks now and then as long as there is something to look at. */
  watch(): void {
    const { held, key, log, pollMs } = this.rows;
    const watched = () => [...held.values()].filter((one) => !one.running || one.doubted || one.misplaced);
    if (this.poll !== null || watched().length === 0) return;
    this.poll = setTimeout(() => {
      this.look(watched())
        .catch((error: unknown) => {
          log.warn({ ...key, error: String(error) }, 'rows could not be looked at');
        })
        .finally(() => {
          this.poll = null;
          this.watch();
        });
    }, pollMs);
    this.poll.unref();
  }

  private async look(watched: readonly Held[]): Promise<void> {
    const known = watched.map((held) => ({ held, before: held.row }));
    const rows = await this.read(watched.map((held) => held.row.partition));
    for (const { held, before } of known) {
      const row = rows.get(before.partition);
      // Given away or moved meanwhile: what was read may be older.
      if (row === undefined || this.rows.held.get(before.partition) !== held || held.row !== before) continue;
      if (!isSamePlace(row, before)) {
        if (held.running && row.status !== 'running') this.rows.control()?.pause(row.partition);
        held.row = row;
        held.misplaced = true;
      }
      held.doubted = false;
      if (held.misplaced && held.running) await this.goOn(held);
    }
  }

  /** A database that was restored may not have had them yet. */
  private async read(partitions: readonly number[]): Promise<ReadonlyMap<number, ConsumerRow>> {
    const { database, key, owner } = this.rows;
    const rows = await readRows(database, key, partitions);
    const found = new Set(rows.map((row) => row.partition));
    const missing = partitions.filter((partition) => !found.has(partition));
    const made = missing.length === 0 ? [] : await takeRows(database, key, missing, owner);
    return new Map([...rows, ...made].map((row) => [row.partition, row]));
  }

  private async goOn(held: Held): Promise<void> {
    const { partition, position, nextOffset } = held.row;
    const control = this.rows.control();
    held.rewoundAt = null;
    await control?.seek(partition, nextOffset ?? 'earliest');
    control?.resume(partition);
    held.misplaced = false;
    this.rows.log.info({ ...this.rows.key, partition, position }, 'a partition goes on where its row says');
  }
}

function isSamePlace(a: ConsumerRow, b: ConsumerRow): boolean {
  const isSame = a.position === b.position && a.recordId === b.recordId && a.nextOffset === b.nextOffset;
  return isSame && a.revision === b.revision && a.status === b.status;
}
