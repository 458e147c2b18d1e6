export { HealthRegistry } from './health-registry.js';
export type { Readiness, ReadinessCheck, ReadinessSummary, StatusReport, StatusSummary } from './health-registry.js';
export { addHealthRoutes, addMetricsRoute, exposeStatusMetric } from './health-routes.js';
