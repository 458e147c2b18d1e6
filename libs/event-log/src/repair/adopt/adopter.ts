import type { Sql, Transaction } from '@ponte/service-kit';
import type { LogRecord, NewRecord } from '../../record.js';

/**
 * How a service takes back its own records, after its database was restored and the topic knows more than the log. All
 * of it happens in the transaction that appends the records, while every other append is held.
 */
export interface Adopter {
  /**
   * Evolves the service's own state from records that were adopted, in order of partition and position. It must come out
   * as if the database had never been restored, and so that nothing that made these records makes them again.
   *
   * @returns what the records do not carry, and so is lost
   */
  evolve(sql: Transaction, records: readonly LogRecord[]): Promise<readonly Loss[]>;

  /**
   * Asked for the last cause of each partition, whose end the topic may lack: the state is the one before it.
   *
   * @returns what is missing of it, to be appended behind it; nothing where it is whole
   * @throws AdoptionRefused `unfinished_cause`
   */
  complete?(sql: Sql, cause: readonly LogRecord[]): Promise<readonly NewRecord[]>;
}

/** Something that no copy holds. */
export interface Loss {
  /** What it is, e.g. `request_content`. */
  readonly what: string;
  /** Whose, where it is known: an id, never a value. */
  readonly subject: string | null;
  readonly count: number;
}

/**
 * - `nothing_to_adopt`: the topic has nothing that the log lacks
 * - `fork`: the topic does not continue this log: both went on after a restore, or it is another installation's
 * - `gap`: records between the log's end and the topic's are gone
 * - `foreign`: something in the tail is no record of this log
 * - `unfinished_cause`: the last cause of a partition lacks its end, and it can't be made again
 * - `not_evolved`: the service could not evolve its state from the records
 */
const REFUSALS = [
  'nothing_to_adopt',
  'fork',
  'gap',
  'foreign',
  'unfinished_cause',
  'not_evolved',
  'not_done_yet',
] as const;
export type AdoptionRefusal = (typeof REFUSALS)[number];

export function isRefusal(kind: unknown): kind is AdoptionRefusal {
  return REFUSALS.some((refusal) => refusal === kind);
}

/** Why nothing (or, where parts were adopted before it showed, nothing more) was adopted. */
export class AdoptionRefused extends Error {
  override readonly name = 'AdoptionRefused';

  constructor(
    readonly kind: AdoptionRefusal,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What all records of one cause have in common: they were appended one after the other, in one transaction. */
export function causeOf(record: Pick<LogRecord, 'causationId' | 'correlationId'>): string {
  return record.causationId ?? record.correlationId;
}
