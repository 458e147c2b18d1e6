/** The kinds of settings, to be used as `setting.text('…', { is: '…' })`. */
export * as setting from './kinds.js';
export { ConfigError, parseConfig } from './parse-config.js';
export type { EnvironmentVariables } from './parse-config.js';
export { databaseConfig } from './database-settings.js';
export { kafkaSettings } from './kafka-settings.js';
export type { KafkaConnection, KafkaSettings } from './kafka-settings.js';
export type { ConfigOf, ConfigSchema, Environment, Mistake, Reading, Setting } from './setting.js';
export { DEVELOPMENT_JWT_SECRET, tokenConfig } from './token-settings.js';
