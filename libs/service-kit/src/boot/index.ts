export { serviceCommand, taskCommand, UsageError } from './command.js';
export type { Command, CommandContext, CommandDefinition, OptionSpec, OptionSpecs, OptionValues } from './command.js';
export { migrateCommand } from './migrate-command.js';
export { runService } from './run-service.js';
export type { ServiceDefinition } from './run-service.js';
export { listenAdmin, listenBare } from './serve-http.js';
export type { ListenOptions } from './serve-http.js';
export { Shutdown, SHUTDOWN_STEPS } from './shutdown.js';
export type { ShutdownResult, ShutdownStep } from './shutdown.js';
