import type { Kafka } from '@ponte/kafka';
import type { Database } from '@ponte/service-kit';
import type { ProtocolLog } from '../protocol-log.js';
import type { Adopter } from '../repair/adopt/adopter.js';
import type { RoundLimits } from './read-log.js';

/** What a relay works with. */
export interface RelayOptions {
  readonly database: Database;
  readonly kafka: Kafka;
  readonly source: string;
  readonly topic: string;
  readonly maxRecordBytes: number;
  readonly adopter: Adopter;
  readonly limits: RoundLimits;
  readonly leaseMs: number;
  readonly pollMs: number;
  /** How long it waits after it was woken, so that it sends more at a time. */
  readonly gatherMs: number;
  /** How often the end of the topic is looked at. Default 10,000. */
  readonly watchMs?: number;
  readonly log: ProtocolLog;
  /** A check was answered. */
  readonly onChecked: () => void;
}
