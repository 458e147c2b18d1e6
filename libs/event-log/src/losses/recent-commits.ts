import type { Database } from '@ponte/service-kit';
import type { ProtocolLog } from '../protocol-log.js';
import type { LogRecord } from '../record.js';
import { keepLosses, type LostRecord } from './losses.js';

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
  private count = 0;

  constructor(
    private readonly database: Database,
    private readonly log: ProtocolLog,
  ) {}

  /** Losses that were noticed since this process started. */
  get lost(): number {
    return this.count;
  }

  note(records: readonly LogRecord[]): void {
    for (const { partition, position, id: recordId, type, subject, workspaceId, time } of records) {
      this.recent.push({ partition, position, recordId, type, subject, workspaceId, time });
    }
    if (this.recent.length >= 2 * MOST) this.recent = this.recent.slice(-MOST);
  }

  /**
   * Looks whether the log still has them. To be called once log and topic were compared and before anything is appended:
   * what the topic has was taken back by then.
   */
  async look(): Promise<void> {
    const committed = this.recent;
    if (committed.length === 0) return;
    const losses = await keepLosses(this.database, committed);
    this.recent = [];
    if (losses.length === 0) return;
    this.count += losses.length;
    this.log.error(
      { records: losses.length, first: losses.slice(0, MOST_NAMED) },
      'Postgres came back without records that were committed, and no copy has them: GET /v1/operations/log/losses',
    );
  }
}
