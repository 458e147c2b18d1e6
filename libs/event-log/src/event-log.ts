import type { Kafka, PartitionOffsets } from '@ponte/kafka';
import type { Database, Sql, Subscription, Transaction } from '@ponte/service-kit';
import { appendArguments, appendRecords, lockHeads, sendRecords, type AppendArguments } from './append/append.js';
import { AppendsHeld, RecordTooLarge } from './append/append-errors.js';
import { openInstallation } from './append/installation.js';
import { AppendNotifier } from './append/notifier.js';
import { partitionFor } from './append/partitioner.js';
import { AppendGate, STATE_CHANNEL, type Gate } from './checks/append-gate.js';
import { RecentCommits } from './losses/recent-commits.js';
import { silentLog, type ProtocolLog } from './protocol-log.js';
import { isWhole, recordBytes, recordFits, type CommittedRecord, type LogRecord, type NewRecord } from './record.js';
import { APPENDED_CHANNEL } from './relay/channel.js';
import { Relay, type RelayStatus } from './relay/relay.js';
import type { RoundLimits } from './relay/read-log.js';
import { readProgress, type PartitionProgress } from './relay/progress.js';
import type { Adopter } from './repair/adopt/adopter.js';
import type { AdoptionView } from './repair/adopt/adoptions.js';
import { adopt } from './repair/adopt/ask.js';
import { republish, type RepublishAnswer } from './repair/republish.js';
import type { Word } from './repair/stopped-partitions.js';

export interface EventLogOptions {
  readonly database: Database;
  readonly kafka: Kafka;
  /** The producing service: `ponte/deals`. */
  readonly source: string;
  /** Logical topic name. It must exist (`kafka.ensureTopic`) with as many partitions. */
  readonly topic: string;
  /** Fixed for the life of an installation. */
  readonly partitions: number;
  /** The largest record, no larger than the topic's `max.message.bytes`. */
  readonly maxRecordBytes: number;
  /** Evolves the service's state from records that the log takes back. Default: there is no other state than the log. */
  readonly adopter?: Adopter;
  readonly log?: ProtocolLog;
  /** Default 5,000. */
  readonly leaseMs?: number;
  /** How often the relay looks unasked. Default 500. */
  readonly pollMs?: number;
  /** How long the relay waits after it was woken, so that it sends more at a time. Default 0. */
  readonly gatherMs?: number;
  /** How often the relay looks whether the topic still ends where it left it. Default 10,000. */
  readonly watchMs?: number;
  readonly limits?: Partial<RoundLimits>;
}

export interface EventLogStatus {
  readonly source: string;
  readonly topic: string;
  readonly gate: { readonly open: boolean; readonly reason: string | null };
  readonly relay: RelayStatus;
  /** Records that this process appended. */
  readonly appended: number;
  /** Records that this process had committed, that Postgres came back without, and that are still missing. */
  readonly lost: number;
}

/** Log positions are set-based from here on: one query relays at most so much. */
const DEFAULT_LIMITS: RoundLimits = { records: 300, bytesPerPartition: 512 * 1024, bytes: 4 * 1024 * 1024 };

/**
 * The log of a service: what it says to the world, appended in the same transaction as its state, and relayed to its
 * topic in order. See the package's README for the protocol.
 */
export class EventLog {
  private readonly appendGate: AppendGate;
  private readonly recent: RecentCommits;
  private readonly relay: Relay;
  private readonly notifier: AppendNotifier;
  private readonly partitionCache = new Map<string, number>();
  private subscriptions: Subscription[] = [];
  private appended = 0;
  private started = false;

  constructor(private readonly options: EventLogOptions) {
    const { database, maxRecordBytes } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.recent = new RecentCommits(database, options.log ?? silentLog);
    this.appendGate = new AppendGate(
      database,
      () => {
        this.relay.lookAtState();
      },
      () => this.recent.look(),
    );
    this.notifier = new AppendNotifier(database);
    this.relay = new Relay({
      ...options,
      // A partition's share of a round is one batch.
      limits: { ...limits, bytesPerPartition: Math.min(limits.bytesPerPartition, maxRecordBytes) },
      leaseMs: options.leaseMs ?? 5_000,
      pollMs: options.pollMs ?? 500,
      gatherMs: options.gatherMs ?? 0,
      adopter: options.adopter ?? { evolve: () => Promise.resolve([]) },
      log: options.log ?? silentLog,
      onChecked: () => {
        this.appendGate.look();
      },
    });
  }

  /** Whether appends are allowed now, and why not. */
  get gate(): Gate {
    return this.appendGate;
  }

  get topic(): string {
    return this.options.topic;
  }

  /** murmur2 of the workspace id modulo the number of partitions: Kafka's default for that key. */
  partitionOf(workspaceId: string): number {
    let partition = this.partitionCache.get(workspaceId);
    if (partition === undefined) {
      partition = partitionFor(workspaceId, this.options.partitions);
      if (this.partitionCache.size >= 10_000) this.partitionCache.clear();
      this.partitionCache.set(workspaceId, partition);
    }
    return partition;
  }

  /**
   * Locks the heads of these partitions in ascending order until the transaction ends. Comes before anything that
   * decides about the records is read, and after the consumer's rows.
   */
  lockHeads(sql: Sql, partitions: Iterable<number>): Promise<void> {
    return lockHeads(sql, partitions);
  }

  /**
   * Appends in the caller's transaction, in one round trip, and locks the heads that are not locked yet. Positions are
   * final once the transaction commits, which wakes the relay. Not within a savepoint: what is rolled back to one would
   * still be taken for committed.
   *
   * @returns the records in their places, in the order given
   * @throws AppendsHeld while the gate is closed
   * @throws RecordTooLarge before anything is appended
   */
  async append(sql: Transaction, records: readonly NewRecord[]): Promise<LogRecord[]> {
    this.assertAppendable(records);
    const appended = await appendRecords(sql, records, (workspaceId) => this.partitionOf(workspaceId));
    if (appended.length > 0) this.onceInTheLog(sql, records.length, () => appended);
    return appended;
  }

  /**
   * As `append`, for whoever needs no places: nothing waits for the answer, so what is appended last goes out with COMMIT.
   *
   * @throws AppendsHeld while the gate is closed. Where the database refuses, the transaction fails (`isAppendsHeld`)
   * @throws RecordTooLarge before anything is appended
   */
  sendAppend(sql: Transaction, records: readonly NewRecord[]): void {
    this.assertAppendable(records);
    if (records.length === 0) return;
    let appended: readonly LogRecord[] | undefined;
    this.onceInTheLog(sql, records.length, () => appended);
    const partitionOf = (workspaceId: string) => this.partitionOf(workspaceId);
    sendRecords(sql, records, partitionOf, (inPlaces) => {
      appended = inPlaces;
    });
  }

  /**
   * For a service's own SQL function that calls `event_log_append` inside, which saves a round trip: the arguments, in
   * that function's order, as Postgres array literals (int[], uuid[], text[] ×3, timestamptz[], text[] ×3, int[], text[]).
   * The heads it locks are the last locks of such a function, save for its idempotency keys.
   *
   * @throws AppendsHeld, RecordTooLarge
   */
  appendArguments(records: readonly NewRecord[]): AppendArguments {
    this.assertAppendable(records);
    return appendArguments(records, (workspaceId) => this.partitionOf(workspaceId));
  }

  /**
   * To be called after the commit of what was not appended by `append`: wakes the relay, here or, by a coalesced NOTIFY,
   * in the process that has the lease.
   *
   * @param told what was committed, in its places, in order: should the database lose it, it can be named, and where the
   *   relay is here it need not read it, if all predecessors are known. Or how many records, where nothing else is known
   */
  committed(told: readonly CommittedRecord[] | number): void {
    const records = typeof told === 'number' ? [] : told;
    this.appended += typeof told === 'number' ? told : told.length;
    this.recent.note(records);
    if (!this.relay.isHolder()) this.notifier.notify();
    else if (records.length > 0 && records.every(isWhole)) this.relay.offer(records);
    else this.relay.wake();
  }

  /**
   * Makes or checks the rows of the installation and starts relay and checks. Returns before the first check: see `gate`.
   *
   * @throws InstallationMismatch
   */
  async start(): Promise<void> {
    const { database } = this.options;
    if (this.started) return;
    this.started = true;
    await openInstallation(database, this.options);
    this.subscriptions = [
      await database.listen(APPENDED_CHANNEL, () => {
        this.relay.wake();
      }),
      await database.listen(STATE_CHANNEL, () => {
        this.relay.lookAtState();
      }),
    ];
    await this.appendGate.start();
    this.relay.start();
  }

  /** Closes the gate, ends after what is in hand, and gives the lease away. */
  async stop(): Promise<void> {
    if (!this.started) return;
    this.started = false;
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
    await Promise.all([this.appendGate.stop(), this.relay.stop()]);
  }

  /** What this process knows, without asking the database. */
  status(): EventLogStatus {
    return {
      source: this.options.source,
      topic: this.options.topic,
      gate: { open: this.appendGate.isOpen(), reason: this.appendGate.reason() },
      relay: this.relay.status(),
      appended: this.appended,
      lost: this.recent.lost,
    };
  }

  /** Head and checkpoint of every partition, in one query. */
  progress(): Promise<PartitionProgress[]> {
    return readProgress(this.options.database);
  }

  /** Where the partitions of any topic of this log's Kafka begin and end. Rejects when Kafka doesn't answer within `timeoutMs`. */
  topicOffsets(topic: string, timeoutMs = 2_000): Promise<ReadonlyMap<number, PartitionOffsets>> {
    const late = new Promise<never>((_, reject) => {
      setTimeout(reject, timeoutMs, new Error('Kafka did not answer in time')).unref();
    });
    return Promise.race([this.options.kafka.offsets(topic), late]);
  }

  /**
   * Sends everything of a partition again from a position on. Consumers skip what they know; one that stopped is then
   * resumed at the offset answered, which is where the topic ended before.
   *
   * @throws RepublishRefused when there is no such position, or when no relay did it in time (it is done later then)
   */
  republish(partition: number, fromPosition: number, timeoutMs = 30_000): Promise<RepublishAnswer> {
    return republish(this.options.database, partition, fromPosition, timeoutMs);
  }

  /**
   * After this log's database was restored from a backup, or lost its tail in a failover: takes back from the topic what
   * the log lacks, with the service's state, and lets appends go on. Nothing is changed where the topic does not continue
   * the log. The word is kept.
   *
   * @throws AdoptionRefused; `not_done_yet` when no relay did it in time (it is done later then)
   */
  adopt(word: Word, timeoutMs = 30_000): Promise<AdoptionView> {
    return adopt(this.options.database, word, timeoutMs);
  }

  /** Tells the relay once so many records may be committed. @param appended asked then */
  private onceInTheLog(sql: Transaction, count: number, appended: () => readonly LogRecord[] | undefined): void {
    sql.onEnd((end) => {
      if (end !== 'rolled_back') this.committed((end === 'committed' ? appended() : undefined) ?? count);
    });
  }

  private assertAppendable(records: readonly NewRecord[]): void {
    const reason = this.appendGate.reason();
    if (reason !== null) throw new AppendsHeld(reason);
    const limit = this.options.maxRecordBytes;
    for (const record of records) {
      if (!recordFits(record, limit)) throw new RecordTooLarge(record.id, recordBytes(record), limit);
    }
  }
}
