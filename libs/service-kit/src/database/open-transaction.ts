import { DatabaseUnavailable, sqlStateOf } from './infrastructure-error.js';
import type { SentValue, Transaction, TransactionEnd } from './sql.js';

type Outcome = DatabaseUnavailable['outcome'];

/** Sends a statement on the transaction's connection. Statements are sent at once and answered in their order. */
type SendNow = <Row>(
  text: string,
  values: readonly unknown[] | undefined,
  outcomeIfLost: () => Outcome,
) => Promise<{ readonly command: string; readonly rows: Row[] }>;

/**
 * "The transaction is aborted", and "no such prepared statement", as its first use was in an aborted one: both say only
 * that an earlier statement failed.
 */
const FOLLOWS_FAILURE: ReadonlySet<string | undefined> = new Set(['25P02', '26000']);

/**
 * A transaction on one connection. Neither BEGIN nor what is `send`ed is waited for: Postgres answers COMMIT with a
 * rollback when any statement failed.
 */
export class OpenTransaction implements Transaction {
  private open = true;
  private committing = false;
  /** What was sent without waiting; each resolves when it is answered, whatever the answer. */
  private readonly sent: Promise<void>[] = [];
  /** What aborted the transaction: the first failure since a statement last succeeded (there may be savepoints). */
  private failure: { readonly error: unknown } | null = null;
  private doubtful = false;
  private readonly listeners: ((end: TransactionEnd) => void)[] = [];

  /**
   * @param onListenerFailed is told what somebody threw who was told of an answer or the end: it changes nothing about
   *   how the transaction ends
   */
  constructor(
    private readonly sendNow: SendNow,
    private readonly onListenerFailed: (error: unknown) => void,
  ) {}

  /** Whether the connection may still be in this transaction after its end. */
  get isDoubtful(): boolean {
    return this.doubtful;
  }

  /** Runs the work between `begin` and COMMIT: see `Database.transaction`. */
  async run<T>(begin: string, work: (sql: Transaction) => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await this.toItsEnd(begin, work);
    } catch (error) {
      const isUnknown = error instanceof DatabaseUnavailable && error.outcome === 'unknown';
      this.announce(isUnknown ? 'unknown' : 'rolled_back');
      throw error;
    }
    this.announce('committed');
    return result;
  }

  onEnd(listener: (end: TransactionEnd) => void): void {
    if (!this.open) throw new Error('The transaction has ended: nobody would be told');
    this.listeners.push(listener);
  }

  private announce(end: TransactionEnd): void {
    for (const listener of this.listeners) {
      this.telling(() => {
        listener(end);
      });
    }
  }

  private telling(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.onListenerFailed(error);
    }
  }

  private async toItsEnd<T>(begin: string, work: (sql: Transaction) => Promise<T>): Promise<T> {
    this.send(begin);
    let result: T;
    try {
      result = await work(this);
    } catch (error) {
      this.open = false;
      await this.rollback();
      await Promise.all(this.sent);
      throw FOLLOWS_FAILURE.has(sqlStateOf(error)) ? (this.failure?.error ?? error) : error;
    }
    this.open = false;
    await this.commit();
    return result;
  }

  async query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.issue<Row>(text, values);
    return rows;
  }

  send<Row>(text: string, values?: readonly SentValue[], read?: (rows: Row[]) => void): void {
    this.requireOpen();
    const answered = this.issue<Row>(text, values).then(
      ({ rows }) => {
        this.telling(() => read?.(rows));
      },
      // It is the transaction's failure.
      () => undefined,
    );
    this.sent.push(answered);
  }

  private async issue<Row>(text: string, values: readonly unknown[] | undefined) {
    this.requireOpen();
    try {
      const answer = await this.sendNow<Row>(text, values, () => (this.committing ? 'unknown' : 'not-applied'));
      this.failure = null;
      return answer;
    } catch (error) {
      this.failure ??= { error };
      throw error;
    }
  }

  private requireOpen(): void {
    if (!this.open) throw new Error('The transaction has ended: a statement was not awaited inside it');
  }

  private async commit(): Promise<void> {
    this.committing = true;
    let command: string;
    try {
      ({ command } = await this.sendNow('COMMIT', undefined, () => 'unknown'));
    } finally {
      // An answer that came in one piece with that of COMMIT may be on its way through its promises still.
      await Promise.all(this.sent);
    }
    if (command === 'COMMIT') return;
    throw (
      this.failure?.error ??
      new Error('Postgres rolled the transaction back, though none of its statements is known to have failed')
    );
  }

  /** The work's own error is what the caller needs, so a failing rollback only condemns the connection. */
  private async rollback(): Promise<void> {
    try {
      await this.sendNow('ROLLBACK', undefined, () => 'not-applied');
    } catch {
      this.doubtful = true;
    }
  }
}
