import type { Database } from '@ponte/service-kit';
import type { ProtocolLog } from '../protocol-log.js';
import type { CommittedRecord } from '../record.js';
import { countLosses, keepLosses, type LostRecord } from './losses.js';

/** More than a failover to an asynchronous standby loses; some megabytes. */
const MOST = 10_000;
/** So many are named in the log; the table has them all. */
const MOST_NAMED = 10;

/**
 * What this process has committed lately, without its data. A database that lost its tail, of which nothing had been
 * relayed, agrees with its topic: nobody but who was told of the commits can notice, and name, what is gone.
 */
export class RecentCommits {
  private recent: LostRecord[] = [];
  private noticed: { readonly since: Date; missing: number } | null = null;
  private counting = false;

  constructor(
    private readonly database: Database,
    private readonly log: ProtocolLog,
  ) {}

  /** Records that this process found lost and that have not come back, as of the last time that this was asked. */
  get lost(): number {
    void this.count();
    return this.noticed?.missing ?? 0;
  }

  note(records: readonly CommittedRecord[]): void {
    for (const { partition, position, id: recordId, type, subject, workspaceId, time } of records) {
      this.recent.push({ partition, position, recordId, type, subject, workspaceId, time });
    }
    if (this.recent.length >= 2 * MOST) this.recent = this.recent.slice(-MOST);
  }

  /**
   * Looks whether the log still has them. To be called once log and topic were compared after a connection broke, and
   * before anything is appended. What is found stays in the table, which a restart of this process does not empty.
   */
  async look(): Promise<void> {
    if (this.recent.length === 0) return;
    const lost = await keepLosses(this.database, this.recent);
    if (lost.length === 0) return;
    const ids = new Set(lost.map(({ recordId }) => recordId));
    this.recent = this.recent.filter(({ recordId }) => !ids.has(recordId));
    this.noticed = { since: this.noticed?.since ?? new Date(Date.now() - CLOCKS_MS), missing: lost.length };
    this.log.error(
      { records: lost.length, first: lost.slice(0, MOST_NAMED) },
      'Postgres came back without records that were committed: GET /v1/operations/log/losses names those that are still missing',
    );
  }

  private async count(): Promise<void> {
    const { noticed } = this;
    if (noticed === null || noticed.missing === 0 || this.counting) return;
    this.counting = true;
    try {
      noticed.missing = await countLosses(this.database, noticed.since);
    } catch {
      return; // what was counted before stands until Postgres answers again
    } finally {
      this.counting = false;
    }
  }
}

/** How far the clocks of this process and of Postgres may be apart. */
const CLOCKS_MS = 3_600_000;
