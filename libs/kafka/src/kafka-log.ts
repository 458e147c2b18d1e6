export type KafkaLogLevel = 'error' | 'warn' | 'info' | 'debug';

/** One line of the underlying client. */
export interface KafkaLogEntry {
  level: KafkaLogLevel;
  /** The part of the client that speaks, e.g. `ConsumerGroup`. */
  source: string;
  message: string;
  details: Readonly<Record<string, unknown>>;
}

/** Where the client's own log lines go. */
export interface KafkaLog {
  /** The least severe level that is wanted. Default `error`. */
  level?: KafkaLogLevel;
  write(entry: KafkaLogEntry): void;
}
