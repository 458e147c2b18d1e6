export type { Static } from 'typebox';
export * from './asyncapi.js';
export * from './define-event.js';
export * from './events/catalogue.js';
export * from './events/deals.js';
export * from './events/deliveries.js';
export * from './events/inbound.js';
export * from './registry.js';
export * from './values.js';
