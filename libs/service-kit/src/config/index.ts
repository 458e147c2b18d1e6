/** The kinds of settings, to be used as `setting.text('…', { is: '…' })`. */
export * as setting from './kinds.js';
export { ConfigError, loadConfig, parseConfig } from './load-config.js';
export type { EnvironmentVariables } from './load-config.js';
export { databaseConfig } from './database-settings.js';
export { kafkaSettings } from './kafka-settings.js';
export type { KafkaConnection, KafkaSettings } from './kafka-settings.js';
export type { ConfigOf, ConfigSchema, Environment, Mistake, Reading, Setting } from './setting.js';
export { DEVELOPMENT_JWT_SECRET, tokenConfig } from './token-settings.js';
