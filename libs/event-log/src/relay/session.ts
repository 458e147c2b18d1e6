import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordSender } from '@ponte/kafka';
import type { Wake } from '@ponte/service-kit';
import type { LogRecord } from '../record.js';
import { compareTopic } from '../checks/compare-topic.js';
import type { Checkpoint } from '../checks/judge-partition.js';
import { toKafka } from '../headers.js';
import { adoptIfAsked } from '../repair/adopt/adopt-if-asked.js';
import { batchEnds, requireBehind } from './batch-ends.js';
import { answerCheck, beginCheck, moveCheckpoints } from './checkpoints.js';
import { LateCheckpoints } from './late-checkpoints.js';
import { FreshRecords } from './fresh-records.js';
import { Fenced, renewLease, type Lease } from './lease.js';
import { readAfter, type Waiting } from './read-log.js';
import type { RelayOptions } from './relay-options.js';
import { setBackIfAsked } from './set-back.js';
import { TopicEnds } from './topic-ends.js';

/** While halted, the topic is looked at again so often: what an operator mended is noticed. */
const HALTED_MS = 2_000;
/** A long look comes more rarely: at most this part of the time. */
const HALTED_SHARE = 0.1;

/** What one holder of the lease does in one epoch. Any error ends it; the next session begins at the checkpoints. */
export class RelaySession {
  state: 'checking' | 'relaying' | 'halted' = 'checking';
  relayed = 0;
  private sender: RecordSender | null = null;
  /** How far the topic is; what the database knows of it comes after. */
  private readonly checkpoints = new Map<number, Checkpoint>();
  private readonly late: LateCheckpoints;
  private readonly ends: TopicEnds;
  private readonly fresh: FreshRecords;
  private mustCheck = true;
  private checkedForMs = 0;
  private mustRead = true;
  private readDueAt = 0;
  private stopping = false;
  private fenced = false;
  private renewedAt = performance.now();
  private readonly renewals: NodeJS.Timeout;

  constructor(
    private readonly options: RelayOptions,
    private readonly holder: string,
    private readonly lease: Lease,
    private readonly wakeUp: Wake,
    private readonly onProgress: () => void,
  ) {
    for (const checkpoint of lease.checkpoints) this.checkpoints.set(checkpoint.partition, checkpoint);
    this.late = new LateCheckpoints(
      async (sent) => {
        this.requireLease();
        await moveCheckpoints(options.database, lease.epoch, sent);
      },
      () => {
        wakeUp.wake();
      },
    );
    this.ends = new TopicEnds(options.kafka, options.topic, options.watchMs);
    this.fresh = new FreshRecords(2 * options.limits.bytes);
    // Beside the rounds, since a check of a long tail may take longer than a lease.
    this.renewals = setInterval(() => {
      this.look();
    }, options.leaseMs * 0.3);
  }

  /**
   * A database connection was lost: the next one may lead to another state, after a restore or a failover, to which
   * neither checkpoints nor epoch belong. So the session ends, and whatever is to be known is read again.
   */
  doubt(): void {
    this.fenced = true;
  }

  /** Something was appended, here or elsewhere, that is to be read from the log. */
  mayHaveMore(): void {
    this.mustRead = true;
  }

  /** Committed records of this process. */
  offer(records: readonly LogRecord[]): void {
    if (!this.fresh.add(records)) this.mustRead = true;
  }

  /** Renews the lease, and looks whether a check is asked for. */
  look(): void {
    void this.renew();
  }

  stop(): void {
    this.stopping = true;
  }

  async close(): Promise<void> {
    clearInterval(this.renewals);
    this.late.cancel();
    await this.sender?.close().catch(() => undefined);
  }

  /** Resolves when it was told to stop, or when checkpoints were set back or adopted and must be read again. */
  async run(): Promise<void> {
    const republish = await setBackIfAsked(this.options, this.lease);
    if (republish === 'done') return;
    while (!this.stopping) {
      this.requireLease();
      if (this.state === 'relaying' && (await this.ends.moved())) this.mustCheck = true;
      if (this.mustCheck) await this.check();
      if (this.state === 'halted') {
        if (await this.adoptIfAsked()) return;
        await this.wakeUp.sleep(Math.max(HALTED_MS, this.checkedForMs / HALTED_SHARE));
        this.mustCheck = true;
        continue;
      }
      // What stood in its way is gone.
      if (republish === 'waits') return;
      const more = await this.round();
      this.onProgress();
      if (!more && !this.stopping && !this.mustCheck) await this.waitForMore();
      this.late.assertSound();
    }
    await this.late.flush();
  }

  private async waitForMore(): Promise<void> {
    const { gatherMs, pollMs } = this.options;
    await this.wakeUp.sleep(Math.min(pollMs, Math.max(1, this.readDueAt - performance.now())));
    if (gatherMs > 0 && !this.stopping) await sleep(gatherMs);
  }

  private adoptIfAsked(): Promise<boolean> {
    const checkpoints = [...this.checkpoints.values()];
    const work = { ...this.options, checkpoints, epoch: this.lease.epoch };
    return adoptIfAsked(work, this.state === 'halted', this.options.log);
  }

  /** A process that was paused for longer than its lease finds out before it sends. What it would send is a repeat anyway. */
  private requireLease(): void {
    if (this.fenced || performance.now() - this.renewedAt > this.options.leaseMs) throw new Fenced();
  }

  private async renew(): Promise<void> {
    const startedAt = performance.now();
    try {
      const kept = await renewLease(this.options.database, this.holder, this.lease.epoch, this.options.leaseMs);
      if (kept === null) this.fenced = true;
      else this.renewedAt = startedAt;
      if (kept !== null && kept.requested > kept.answered) this.mustCheck = true;
    } catch {
      return; // the lease runs out unless a later renewal succeeds; rounds fail with the reason
    }
    if (this.fenced || this.mustCheck) this.wakeUp.wake();
  }

  private async check(): Promise<void> {
    const { database, kafka, topic, log, onChecked } = this.options;
    if (this.state === 'relaying') this.state = 'checking';
    this.mustCheck = false;
    const startedAt = performance.now();
    const begin = await beginCheck(database);
    await this.ends.note();
    const report = await compareTopic(kafka, database, topic, [...this.checkpoints.values()]);
    // A connection that was lost meanwhile leaves it open which database was compared.
    this.requireLease();
    if (this.mustCheck) return this.check();
    await answerCheck(database, this.lease.epoch, begin, report);
    const changed = this.state !== 'halted' || report.state !== 'halted';
    this.state = report.state === 'passed' ? 'relaying' : 'halted';
    onChecked();
    this.checkedForMs = performance.now() - startedAt;
    const facts = { epoch: this.lease.epoch, topic, durationMs: Math.round(this.checkedForMs) };
    if (report.state === 'halted' && changed) {
      log.error({ ...facts, reason: report.reason, findings: report.findings }, 'log and topic do not belong together');
    } else if (changed) log.info(facts, 'log and topic were compared and agree');
    if (this.state === 'relaying') await this.adoptIfAsked();
  }

  /** Sends one batch of each partition that has something. Resolves to whether there may be more. */
  private async round(): Promise<boolean> {
    const { kafka, topic, source, maxRecordBytes } = this.options;
    const { records, more } = await this.waiting();
    if (records.length === 0) return false;
    this.sender ??= await kafka.connectSender({ maxBatchBytes: maxRecordBytes });
    const offsets = await this.sender.send(
      topic,
      records.map((record) => toKafka(record, source)),
    );
    this.relayed += records.length;
    requireBehind(this.checkpoints, offsets);
    const sent = batchEnds(records, offsets);
    for (const checkpoint of sent) this.checkpoints.set(checkpoint.partition, checkpoint);
    this.ends.sent(sent);
    this.late.note(sent);
    return more;
  }

  /** What follows the checkpoints: of what was committed here, or else, and every now and then, of the log. */
  private async waiting(): Promise<Waiting> {
    const { database, limits, pollMs } = this.options;
    const after = new Map([...this.checkpoints].map(([partition, checkpoint]) => [partition, checkpoint.position]));
    if (!this.mustRead && performance.now() < this.readDueAt) {
      const fresh = this.fresh.takeAfter(after, limits);
      if (fresh !== null) return fresh;
    }
    this.mustRead = false;
    this.readDueAt = performance.now() + pollMs;
    const read = await readAfter(database, after, limits);
    if (read.more) this.mustRead = true;
    return read;
  }
}
