export { AppendsHeld, isAppendsHeld, RecordTooLarge } from './append/append-errors.js';
export { plainArray, textArray } from './append/array-literal.js';
export { InstallationMismatch } from './append/installation.js';
export { murmur2, partitionFor } from './append/partitioner.js';
export type { Gate } from './checks/append-gate.js';
export type { CheckReport, Finding } from './checks/check-report.js';
export type { LogConsumerOptions } from './consume/consumer-options.js';
export { LogConsumer } from './consume/log-consumer.js';
export { RecordEndsProcess, type ErrorFacts } from './consume/error-facts.js';
export { judge, type Followed, type Judgement } from './consume/judge.js';
export type { LogConsumerStatus, PartitionStatus } from './consume/status.js';
export type { ConsumerRowStatus, Found, Stop, StopStatus } from './consume/stop.js';
export { eventId } from './event-id.js';
export { EventLog, type EventLogOptions, type EventLogStatus } from './event-log.js';
export { fromKafka, isUnreadable, toKafka, type Unreadable } from './headers.js';
export { eventLogMigrations } from './migrations/index.js';
export { ensureLogTopic, ensureReportedTopic, LOG_PARTITIONS } from './log-topic.js';
export type { ProtocolLog } from './protocol-log.js';
export {
  parseType,
  recordBytes,
  type ChainLink,
  type LogRecord,
  type NewRecord,
  type ReceivedRecord,
} from './record.js';
export type { PartitionProgress } from './relay/progress.js';
export type { RelayStatus } from './relay/relay.js';
export { RepublishRefused, type RepublishAnswer } from './repair/republish.js';
export { RepairRefused, type RefusalKind } from './repair/refused.js';
export type { Resumed, Word } from './repair/stopped-partitions.js';
export { EventLogModule, type EventLogParts } from './nest/event-log.module.js';
export { reportHealth, type Follower } from './observe/health.js';
export { exposeMetrics } from './observe/metrics.js';
