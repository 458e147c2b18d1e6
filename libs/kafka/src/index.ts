export { KafkaError, type KafkaErrorKind, type TopicMismatch } from './kafka-error.js';
export type { KafkaLog, KafkaLogEntry, KafkaLogLevel } from './kafka-log.js';
export type {
  IncomingRecord,
  Kafka,
  KafkaConfig,
  KafkaSasl,
  KafkaTls,
  OutgoingRecord,
  PartitionOffsets,
  ReadOptions,
  RecordSender,
  SenderOptions,
  StartOffset,
  TopicReport,
  TopicSpec,
  TopicWarning,
} from './port.js';
export { connectKafka } from './kafkajs/adapter.js';
export { removeFromKafka, type Removed } from './kafkajs/remove.js';
export { HandedBackErrors } from './nest/handed-back-errors.js';
export {
  WaitingRecordsServer,
  type ConsumerState,
  type ConsumerStatus,
  type WaitingRecordsOptions,
} from './nest/waiting-records-server.js';
export type { Backoff } from './waiting/backoff.js';
export type { PartitionBatch, PartitionControl, WaitingRecords } from './waiting/waiting-records.js';
