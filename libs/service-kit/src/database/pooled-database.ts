import { DatabaseError, type Pool, type PoolClient } from 'pg';
import type { DatabaseSettings } from './database-config.js';
import { DatabaseUnavailable, messageOf } from './infrastructure-error.js';
import type { Listener } from './listener.js';
import { OpenTransaction } from './open-transaction.js';
import type { Database, Subscription, Transaction } from './sql.js';

/** What the pool shares with the listener: whoever wants to know that a connection broke. */
export class ConnectionLostListeners {
  private readonly listeners: (() => void)[] = [];

  add(listener: () => void): void {
    this.listeners.push(listener);
  }

  announce(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Texts of statements are constants; should some be made at run time, their names must not fill the servers' memory. */
const MOST_NAMES = 500;

/** `Database` over the pg pool that TypeORM uses too, so that a service has one bounded set of connections. */
export class PooledDatabase implements Database {
  private readonly broken = new WeakSet<PoolClient>();
  private readonly gathering = new WeakSet<PoolClient>();
  private readonly begin: string;
  private readonly names = new Map<string, string>();
  private closing: Promise<void> | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly settings: DatabaseSettings,
    private readonly listener: Listener,
    private readonly lost: ConnectionLostListeners,
    private readonly endPool: () => Promise<void>,
    private readonly onListenerFailed: (error: unknown) => void,
  ) {
    this.begin = beginStatement(settings);
    // The pool's first connection exists already, hence `acquire` and not only `connect`.
    const watched = new WeakSet<PoolClient>();
    pool.on('acquire', (client) => {
      if (watched.has(client)) return;
      watched.add(client);
      this.watch(client);
    });
  }

  async query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    const client = await this.acquire();
    try {
      const { rows } = await (this.settings.pooled
        ? this.sendInTransaction(client, text, values)
        : this.send(client, text, values, () => 'unknown'));
      return rows;
    } finally {
      this.release(client);
    }
  }

  async transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    const client = await this.acquire();
    const open = new OpenTransaction(
      (text, values, outcomeIfLost) => this.send(client, text, values, outcomeIfLost),
      this.onListenerFailed,
    );
    try {
      return await open.run(this.begin, work);
    } finally {
      if (open.isDoubtful) this.condemn(client);
      this.release(client);
    }
  }

  listen(channel: string, onNotify: () => void): Promise<Subscription> {
    return this.listener.listen(channel, onNotify);
  }

  onConnectionLost(listener: () => void): void {
    this.lost.add(listener);
  }

  close(): Promise<void> {
    this.closing ??= this.listener.close().then(this.endPool);
    return this.closing;
  }

  /** As what `begin` sets holds in transactions alone. All three go out at once, which costs no further round trip. */
  private async sendInTransaction(client: PoolClient, text: string, values: readonly unknown[] | undefined) {
    const begun = this.send(client, this.begin, undefined, () => 'unknown');
    const answered = this.send(client, text, values, () => 'unknown');
    // Postgres answers it with a rollback where the statement failed.
    const ended = this.send(client, 'COMMIT', undefined, () => 'unknown');
    await Promise.allSettled([begun, answered, ended]);
    await begun;
    const result = await answered;
    await ended;
    return result;
  }

  private async send(
    client: PoolClient,
    text: string,
    values: readonly unknown[] | undefined,
    outcomeIfLost: () => DatabaseUnavailable['outcome'],
  ) {
    this.gather(client);
    try {
      const result = await (values === undefined ? client.query(text) : client.query(this.statement(text, values)));
      // Several statements in one text (BEGIN with its settings) come back as a list, which pg's types leave out.
      const results = Array.isArray(result) ? result : [result];
      return results[results.length - 1] ?? result;
    } catch (error) {
      if (endsConnection(error) || outdatesStatements(error)) this.condemn(client);
      if (!this.broken.has(client)) throw error;
      throw new DatabaseUnavailable('lost', `The connection to Postgres broke: ${messageOf(error)}`, outcomeIfLost(), {
        cause: error,
      });
    }
  }

  /**
   * What is asked at once leaves in one piece: each write is a call of the system, and wakes Postgres, which would find
   * the first statement alone.
   */
  private gather(client: PoolClient): void {
    if (this.gathering.has(client)) return;
    this.gathering.add(client);
    const { stream } = client.connection;
    stream.cork();
    process.nextTick(() => {
      this.gathering.delete(client);
      stream.uncork();
    });
  }

  /**
   * A statement by name is parsed and planned once a connection, which is half of what a short one costs. Behind a
   * pooler the next transaction may be on another connection, so there it goes without.
   */
  private statement(text: string, values: readonly unknown[]) {
    if (this.settings.pooled) return { text, values: [...values] };
    let name = this.names.get(text);
    if (name === undefined && this.names.size < MOST_NAMES) {
      name = `ponte_${String(this.names.size + 1)}`;
      this.names.set(text, name);
    }
    return { ...(name === undefined ? {} : { name }), text, values: [...values] };
  }

  private async acquire(): Promise<PoolClient> {
    if (this.closing) throw new DatabaseUnavailable('closed', 'The database pool is closed', 'not-applied');
    const exhausted = this.pool.idleCount === 0 && this.pool.totalCount >= this.settings.poolSize;
    if (exhausted && this.pool.waitingCount >= this.settings.maxWaiting) {
      throw new DatabaseUnavailable(
        'busy',
        `All ${String(this.settings.poolSize)} connections are in use and ${String(this.settings.maxWaiting)} callers wait already`,
        'not-applied',
      );
    }
    try {
      return await this.pool.connect();
    } catch (error) {
      const failure = exhausted && !(error instanceof DatabaseError) ? 'busy' : 'connect';
      throw new DatabaseUnavailable(failure, `No connection to Postgres: ${messageOf(error)}`, 'not-applied', {
        cause: error,
      });
    }
  }

  private release(client: PoolClient): void {
    client.release(this.broken.has(client));
  }

  private watch(client: PoolClient): void {
    client.on('error', () => {
      this.condemn(client);
    });
  }

  /** A connection that is given back condemned is destroyed; those who care about lost connections hear of it once. */
  private condemn(client: PoolClient): void {
    if (this.broken.has(client)) return;
    this.broken.add(client);
    this.lost.announce();
  }
}

/**
 * Behind a pooler settings of a session are shared with strangers, so they go into the transaction: in one text with
 * BEGIN, which costs no further round trip.
 */
function beginStatement(settings: DatabaseSettings): string {
  const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED';
  if (!settings.pooled) return begin;
  const limit = String(settings.statementTimeoutMs);
  const limits = [`statement_timeout = ${limit}`, `idle_in_transaction_session_timeout = ${limit}`];
  const changed = ['jit = off', ...(settings.statementTimeoutMs === 0 ? [] : limits)];
  return [begin, ...changed.map((setting) => `SET LOCAL ${setting}`)].join('; ');
}

/** Postgres says FATAL or PANIC and then hangs up; the socket's end arrives a moment later. */
function endsConnection(error: unknown): boolean {
  return error instanceof DatabaseError && (error.severity === 'FATAL' || error.severity === 'PANIC');
}

/** A migration changed what a prepared statement answers: https://www.postgresql.org/docs/current/sql-prepare.html */
function outdatesStatements(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '0A000' && error.message.includes('cached plan');
}
