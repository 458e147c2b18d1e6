import type { KafkaLog } from './kafka-log.js';

/** How to reach a Kafka. One value configures senders, readers and consumers alike. */
export interface KafkaConfig {
  /** `host:port` of one or more brokers; the others are found through them. */
  brokers: string[];
  clientId: string;
  /** Put before every topic and group name, for a Kafka that is shared with others. Never shows in what is received. */
  topicPrefix?: string | undefined;
  ssl?: boolean | KafkaTls | undefined;
  sasl?: KafkaSasl | undefined;
  /** Takes what the client logs. Default: nobody. */
  log?: KafkaLog | undefined;
}

/** PEM texts. `rejectUnauthorized` defaults to true. */
export interface KafkaTls {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
}

export interface KafkaSasl {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  username: string;
  password: string;
}

/** A record to be sent to a partition that the caller chose. */
export interface OutgoingRecord {
  partition: number;
  key: string;
  headers: Readonly<Record<string, string>>;
  value: string | Buffer | null;
}

export interface IncomingRecord {
  partition: number;
  offset: bigint;
  key: string | null;
  /** UTF-8. Of a header that is repeated, the last one. */
  headers: Readonly<Record<string, string>>;
  value: Buffer | null;
  timestampMs: number;
}

/** Idempotent, acknowledged by all in-sync replicas, one request in flight, a bounded number of retries. */
export interface RecordSender {
  /**
   * Sends the records of each partition in the order given. Resolves, when all of them are durable, with the offset of
   * the first record of each partition.
   *
   * A rejection leaves open which of the records were written, and ends this sender: every later call rejects with
   * `closed`, so that nothing can overtake what failed. Close it, connect another one and send again from the first
   * record that is not known to be written.
   *
   * @throws KafkaError `unavailable`, `not_authorized`, `topic_missing`, `record_too_large`, `fenced`, `invalid`, `closed`
   */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<ReadonlyMap<number, bigint>>;
  close(): Promise<void>;
}

export interface SenderOptions {
  /**
   * The most bytes of one batch as the broker sees it; no larger than the topic's `max.message.bytes`. More records of
   * one partition go as several batches, one after the other. Default 900,000.
   */
  maxBatchBytes?: number;
}

/** What a topic must be like. It is never compacted (`cleanup.policy=delete`). */
export interface TopicSpec {
  name: string;
  partitions: number;
  /** Used on creation. Default: the broker's. */
  replicationFactor?: number;
  /** At least this long; -1: forever (then `retention.bytes` must be unlimited too). */
  retentionMs: number;
  /** At least this much. */
  maxMessageBytes: number;
}

/** What could not be checked, or is worth an operator's look, but stops nobody. */
export type TopicWarning =
  | { kind: 'configs_unreadable'; topic: string }
  | { kind: 'fewer_replicas'; topic: string; expected: number; actual: number };

export interface TopicReport {
  created: boolean;
  warnings: readonly TopicWarning[];
}

/** The first offset that is still there, and the one that the next record will get. */
export interface PartitionOffsets {
  low: bigint;
  high: bigint;
}

export type StartOffset = bigint | 'earliest';

export interface ReadOptions {
  /** Gives up with `unavailable` when nothing new was read for so long. Default 15,000. */
  stallTimeoutMs?: number;
}

/**
 * The port. Topic names are logical ones: the configured prefix is added inside. No call waits longer than some seconds
 * for a broker that is away; it rejects with `unavailable` then.
 */
export interface Kafka {
  /** @throws KafkaError `unavailable`, `not_authorized` */
  connectSender(options?: SenderOptions): Promise<RecordSender>;
  /**
   * Reads each partition named in `from`, from the given offset (or the first that is still there, where that is
   * later), up to the high watermark at the time of the call. Calls to `onRecords` never overlap; each holds records of
   * one partition in order. An error thrown by `onRecords` ends the reading and is passed on as it is.
   *
   * @throws KafkaError `unavailable`, `not_authorized`, `topic_missing`, `invalid` (a partition that the topic lacks)
   */
  readToEnd(
    topic: string,
    from: ReadonlyMap<number, StartOffset>,
    onRecords: (records: readonly IncomingRecord[]) => void | Promise<void>,
    options?: ReadOptions,
  ): Promise<void>;
  /** @throws KafkaError `unavailable`, `not_authorized`, `topic_missing` */
  offsets(topic: string): Promise<ReadonlyMap<number, PartitionOffsets>>;
  /**
   * `create`: makes the topic if it is absent. Both modes then check the topic against the spec; what cannot be read
   * for want of rights is a warning.
   *
   * @throws KafkaError `topic_mismatch` with every mismatch, `topic_missing`, `not_authorized`, `unavailable`
   */
  ensureTopic(spec: TopicSpec, mode: 'create' | 'check'): Promise<TopicReport>;
  /** Closes everything that this client opened, senders too. */
  close(): Promise<void>;
}
