export { describeError } from './describe-error.js';
export type { DescribedError } from './describe-error.js';
export { createLogger, LOG_LEVELS, silentLogger } from './logger.js';
export type { Logger, LoggerOptions, LogLevel } from './logger.js';
export { nestLog } from './nest-log.js';
