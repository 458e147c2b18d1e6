import type { Database } from '@ponte/service-kit';
import type { EventLog } from '../event-log.js';
import type { RelayStatus } from '../relay/relay.js';

/** How far a partition of the log is. Offsets and positions stay far below 2^53. */
export interface LogPartitionView {
  readonly partition: number;
  /** Position of the last record appended. */
  readonly head: number;
  /** Position of the last record known to be in the topic. */
  readonly relayed: number;
  readonly lag: number;
  readonly checkpoint: {
    readonly recordId: string | null;
    readonly offset: number | null;
    /** The last epoch of a relay that had it. */
    readonly epoch: number;
  };
  readonly republish: {
    /** The position asked for, until a relay has done it. */
    readonly pendingFrom: number | null;
    /** Where the topic partition ended when the last one was done. */
    readonly topicEndOffset: number | null;
  };
}

/** The last comparison of log and topic, whoever made it. */
export interface CheckView {
  readonly state: 'unchecked' | 'passed' | 'halted';
  readonly reason: string | null;
  /** What is wrong, by partition. */
  readonly findings: unknown;
  readonly checkedAt: Date | null;
}

export interface RelayView {
  /** The instance that has the lease; null: none. */
  readonly holder: string | null;
  readonly epoch: number;
  readonly expiresAt: Date | null;
  /** What the relay of the instance that was asked does. */
  readonly here: RelayStatus;
}

export interface LogView {
  readonly source: string;
  readonly topic: string;
  /** Of the instance that was asked: each opens after a check of its own asking. */
  readonly gate: { readonly open: boolean; readonly reason: string | null };
  readonly relay: RelayView;
  readonly check: CheckView;
  readonly partitions: readonly LogPartitionView[];
}

interface LeaseAndCheck {
  holder: string | null;
  epoch: number;
  expires_at: Date | null;
  state: CheckView['state'];
  reason: string | null;
  findings: unknown;
  checked_at: Date | null;
}

/** The state of a service's log, in two queries. */
export async function readLog(database: Database, eventLog: EventLog): Promise<LogView> {
  const { source, topic, gate, relay } = eventLog.status();
  const [[row], partitions] = await Promise.all([
    database.query<LeaseAndCheck>(LEASE_AND_CHECK),
    database.query<LogPartitionView>(PARTITIONS),
  ]);
  return {
    ...{ source, topic, gate },
    relay: {
      holder: row?.holder ?? null,
      epoch: row?.epoch ?? 0,
      expiresAt: row?.expires_at ?? null,
      here: relay,
    },
    check: {
      state: row?.state ?? 'unchecked',
      reason: row?.reason ?? null,
      findings: row?.findings ?? [],
      checkedAt: row?.checked_at ?? null,
    },
    partitions,
  };
}

const LEASE_AND_CHECK = `
  SELECT r.holder, r.epoch, nullif(r.expires_at, '-infinity') AS expires_at, c.state, c.reason, c.detail AS findings,
         c.checked_at
    FROM event_log_relay r CROSS JOIN event_log_checks c`;

const PARTITIONS = `
  SELECT h.partition, h.position AS head, c.position AS relayed, h.position - c.position AS lag,
         jsonb_build_object('recordId', c.record_id, 'offset', c.topic_offset, 'epoch', c.epoch) AS checkpoint,
         jsonb_build_object('pendingFrom', c.republish_from, 'topicEndOffset', c.republish_offset) AS republish
    FROM event_log_heads h JOIN event_log_checkpoints c USING (partition) ORDER BY h.partition`;
