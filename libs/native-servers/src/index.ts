export { NativeServerError, type NativeServerErrorCode } from './errors.js';
export { findJava } from './java.js';
export { startKafka, type KafkaOptions, type KafkaServer } from './kafka.js';
export { KAFKA_VERSION } from './kafka-jars.js';
export type { NativeServer } from './native-server.js';
export { freePort, isPortFree, requireFreePort } from './ports.js';
export { startPostgres, type PostgresOptions, type PostgresServer } from './postgres.js';
export { endProcess, identify, stillRuns, type ProcessIdentity } from './processes.js';
