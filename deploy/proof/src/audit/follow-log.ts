import { Client } from 'pg';
import type { Head, Heads, LogRow } from './facts.js';

/** Reads the log in a service's database, each time from where the last look ended. */
export class LogFollower {
  /** What came since `begin()`. */
  rows: LogRow[] = [];
  heads: Heads = new Map();
  private readonly reached = new Map<number, Head>();

  constructor(private readonly databaseUrl: string) {}

  begin(): void {
    this.heads = new Map(this.reached);
    this.rows = [];
  }

  /** The database is another one than before (restored): everything in its log is to be judged from the first row on. */
  beginAnew(): void {
    this.reached.clear();
    this.begin();
  }

  async read(): Promise<void> {
    const client = new Client({ connectionString: this.databaseUrl, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const heads = [...this.reached];
      const { rows } = await client.query<LogRow>({
        text: SINCE,
        values: [heads.map(([partition]) => partition), heads.map(([, { position }]) => position)],
      });
      for (const row of rows) {
        this.rows.push({ ...row, position: Number(row.position) });
        this.reached.set(row.partition, { position: Number(row.position), id: row.id });
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

const SINCE = `
  SELECT l.partition, l.position, l.record_id AS id, l.predecessor_id AS "predecessorId"
    FROM event_log l LEFT JOIN unnest($1::int[], $2::bigint[]) AS seen (partition, position) USING (partition)
   WHERE l.position > coalesce(seen.position, 0)
   ORDER BY l.partition, l.position`;
