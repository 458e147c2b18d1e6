import type { Database, Transaction } from '@ponte/service-kit';
import type { ProtocolLog } from '../protocol-log.js';
import type { ReceivedRecord } from '../record.js';

/** What a consumer follows, and what its service does with it. */
export interface LogConsumerOptions {
  readonly database: Database;
  /** Names the rows: another consumer of the same topic in the same database has another name. */
  readonly name: string;
  /** Logical topic name. */
  readonly topic: string;
  /**
   * Applies records, in order of partition and position, in the transaction that moves the consumer. It reads and
   * writes through `sql` alone, set-based. What it throws, unless `isInfrastructureError` says otherwise, is the fault
   * of a record: it is found and set aside, and the others are applied.
   */
  apply(sql: Transaction, records: readonly ReceivedRecord[]): Promise<void>;
  /** Takes what further locks are needed, after the consumer's rows and the heads and before `apply`. */
  locks?(sql: Transaction, records: readonly ReceivedRecord[]): Promise<void>;
  /** Name of a type without its version (`ponte.DealCreated`) → the highest version that `apply` reads. Other types are passed over. */
  readonly knownTypes: ReadonlyMap<string, number>;
  /** What a record must keep its order with (deal, contact). What follows a dead letter of one of them waits behind it. Default: the subject. */
  parkingKeys?(record: ReceivedRecord): readonly string[];
  /** In the transaction that sets a record aside: what the rest of the world must hear of it. */
  onPoison?(sql: Transaction, record: ReceivedRecord, error: unknown): Promise<void>;
  /** What may be kept of an error's message, as it names no values; null: nothing. */
  describeError?(error: unknown): string | null;
  /** `apply` appends to the service's log for the same workspaces: its heads are locked in the same round trip as the rows. Default false. */
  readonly locksHeads?: boolean;
  /** Whether a dead letter may be applied after what followed it. Default `never`. */
  readonly redo?: 'in_place' | 'never';
  /** Records in one transaction, of all partitions together; of each of them one in any case. Default 500. */
  readonly maxRecords?: number;
  /** Bytes of values in one transaction. Default 4 MiB. */
  readonly maxBytes?: number;
  /** How often stopped partitions look whether they were repaired. Default 1,000. */
  readonly stoppedPollMs?: number;
  readonly log?: ProtocolLog;
}
