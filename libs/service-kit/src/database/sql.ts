/**
 * One connection to Postgres.
 *
 * Values come back as: `int8` as a number (positions and counts stay below 2^53), `numeric` as a string, `json` and
 * `jsonb` parsed, `timestamptz` as a `Date`, `bytea` as a `Buffer`.
 */
export interface Sql {
  /**
   * Runs one statement with `$1 …` parameters, never as a named prepared statement (PgBouncer in transaction mode would
   * not know the name on the next server connection). Await each before the next: one connection runs one at a time.
   */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A subscription to a NOTIFY channel. */
export interface Subscription {
  close(): Promise<void>;
}

/** A bounded pool of connections to the service's own database. */
export interface Database extends Sql {
  /**
   * Runs `work` between BEGIN and COMMIT (READ COMMITTED) on one connection, and rolls back when it throws. A connection
   * that broke, or that could not be rolled back, is destroyed and never handed out again.
   *
   * Rejects with what `work` threw, or with `DatabaseUnavailable`. Its `outcome` is `unknown` when the answer to COMMIT
   * was lost: the transaction may have been committed, so the caller must find out (a position, an idempotency key)
   * before doing it again. Also rejects when a statement failed and `work` swallowed that failure, because Postgres
   * then answers COMMIT with a rollback.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * Calls `onNotify` for every NOTIFY on the channel (payloads are not passed on), and once after each reconnect, as
   * what was notified meanwhile is lost. Uses one connection of its own, on the direct URL, because LISTEN is session
   * state that a transaction pooler does not keep; it reconnects by itself. Rejects when the first attempts fail.
   */
  listen(channel: string, onNotify: () => void): Promise<Subscription>;
  /**
   * Registers a listener for connections that broke while they were open (server restarted, failed over, network cut),
   * the one of `listen` included. Called once for each connection, so a restart of the server calls it several times.
   */
  onConnectionLost(listener: () => void): void;
  /** Waits for connections in use, then closes them all. Calling it again waits for the same end. */
  close(): Promise<void>;
}
