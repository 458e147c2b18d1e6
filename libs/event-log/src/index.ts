export type { AppendArguments } from './append/append.js';
export { AppendsHeld, isAppendsHeld, RecordTooLarge } from './append/append-errors.js';
export { InstallationMismatch } from './append/installation.js';
export { partitionFor } from './append/partitioner.js';
export type { Gate } from './checks/append-gate.js';
export type { CheckReport, Finding } from './checks/check-report.js';
export type { LogConsumerOptions } from './consume/consumer-options.js';
export type { ConsumerKey } from './consume/consumer-rows.js';
export { LogConsumer } from './consume/log-consumer.js';
export type { LogConsumerStatus, PartitionStatus } from './consume/status.js';
export type { ConsumerRowStatus, Found, Stop, StopStatus } from './consume/stop.js';
export { eventId } from './event-id.js';
export { EventLog, type EventLogOptions, type EventLogStatus } from './event-log.js';
export { nameBasedIds } from './name-based-id.js';
export { fromKafka, isUnreadable, type Unreadable } from './headers.js';
export { eventLogMigrations } from './migrations/index.js';
export { ensureLogTopic, ensureReportedTopic, LOG_PARTITIONS } from './log-topic.js';
export type { ProtocolLog } from './protocol-log.js';
export {
  parseType,
  recordBytes,
  recordFits,
  type CommittedRecord,
  type LogRecord,
  type NewRecord,
  type ReceivedRecord,
} from './record.js';
export type { PartitionProgress } from './relay/progress.js';
export type { RelayStatus } from './relay/relay.js';
export { AdoptionRefused, causeOf, type Adopter, type AdoptionRefusal, type Loss } from './repair/adopt/adopter.js';
export type { AdoptionView } from './repair/adopt/adoptions.js';
export { consumerOffset, moveConsumer } from './repair/adopt/move-consumer.js';
export { RepublishRefused, type RepublishAnswer } from './repair/republish.js';
export { RepairRefused, type RefusalKind } from './repair/refused.js';
export type { Resumed, Word } from './repair/stopped-partitions.js';
export { EventLogModule, type EventLogParts } from './nest/event-log.module.js';
