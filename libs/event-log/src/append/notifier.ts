import type { Database } from '@ponte/service-kit';
import { APPENDED_CHANNEL } from '../relay/channel.js';

/** NOTIFY takes a lock that commits queue at, so appends of one process share one in so many ms. */
const LEAST_GAP_MS = 5;

/**
 * Wakes a relay in another process after a commit, on a connection of its own and not in the append's transaction: there
 * it would cost each commit several times its own time. What fails is not repeated, since the relay polls besides.
 */
export class AppendNotifier {
  private wanted = false;
  private busy = false;

  constructor(private readonly database: Database) {}

  notify(): void {
    this.wanted = true;
    if (!this.busy) void this.send();
  }

  private async send(): Promise<void> {
    this.busy = true;
    while (this.wanted) {
      this.wanted = false;
      await this.database.query(`NOTIFY ${APPENDED_CHANNEL}`).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, LEAST_GAP_MS));
    }
    this.busy = false;
  }
}
