export { Counter, Gauge, Histogram, Registry } from 'prom-client';
export { createMetrics, httpDuration } from './metrics.js';
export type { HttpLabels } from './metrics.js';
