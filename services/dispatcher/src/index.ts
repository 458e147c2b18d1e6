export { dispatcherConfig, type DispatcherConfig } from './config.js';
export { migrations } from './migrations/index.js';
export { startDispatcher } from './start-dispatcher.js';
