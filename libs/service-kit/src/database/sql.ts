/**
 * One connection to Postgres.
 *
 * Values come back as: `int8` as a number (positions and counts stay below 2^53), `numeric` as a string, `json` and
 * `jsonb` parsed, `timestamptz` as a `Date`, `bytea` as a `Buffer`.
 */
export interface Sql {
  /**
   * Runs one statement with `$1 …` parameters. Texts are constants: a connection parses and plans each once, except
   * behind a pooler. Statements that don't need one another's answers are best asked at once (`Promise.all`): they go out
   * together and run in that order, and each wait that is saved is two processes that need not be woken. Behind a pooler
   * it runs in a transaction of its own, where it is not in one already.
   */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * What a statement that nobody waits for may be given: nothing that can fail on its way to Postgres, which would commit
 * the rest.
 */
export type SentValue = string | number | boolean | Buffer | null;

/** Statements between BEGIN and COMMIT. */
export interface Transaction extends Sql {
  /**
   * Sends a statement and does not wait for its answer: what comes last goes out with COMMIT. If it fails, the transaction
   * fails with its error, and so does whatever is asked after it.
   *
   * @param read is told what it answered, at the latest before the listeners of the end, and not at all where it failed.
   *   It decides about nothing in the transaction, which may have been committed. One that throws is as a listener that does
   */
  send<Row = Record<string, unknown>>(text: string, values?: readonly SentValue[], read?: (rows: Row[]) => void): void;
  /**
   * Calls the listener when the transaction has ended, and before whoever began it hears of it. One that throws keeps no
   * other from being called, and is said in the log: how the transaction ended stays as it is.
   */
  onEnd(listener: (end: TransactionEnd) => void): void;
}

/** `unknown`: the answer to COMMIT was lost. */
export type TransactionEnd = 'committed' | 'rolled_back' | 'unknown';

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
   * before doing it again. Also rejects with the failure of a statement that `work` swallowed or did not wait for, because
   * Postgres then answers COMMIT with a rollback.
   */
  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T>;
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
