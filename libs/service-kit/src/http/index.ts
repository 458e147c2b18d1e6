export { createAdminApp } from './admin-app.js';
export type { AdminAppConfig } from './admin-app.js';
export { createBareListener } from './bare-listener.js';
export type { BareListenerConfig } from './bare-listener.js';
export { observeRequests } from './observe-requests.js';
export type { Observation } from './observe-requests.js';
export { addLogFields } from './request-context.js';
