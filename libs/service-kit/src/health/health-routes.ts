import type { FastifyInstance } from 'fastify';
import { Gauge, type Registry } from '../metrics/index.js';
import type { HealthRegistry } from './health-registry.js';

/**
 * `/health/live` (the process answers), `/health/ready` (503 when traffic should go elsewhere) and, where `status` is
 * asked for, `/health/status` (degraded parts; always 200, as it is for people and alarms, not for balancers).
 */
export function addHealthRoutes(fastify: FastifyInstance, health: HealthRegistry, options: { status: boolean }): void {
  fastify.get('/health/live', () => ({ status: 'ok' }));
  fastify.get('/health/ready', async (_request, reply) => {
    const { ready, checks } = await health.readiness();
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: ready ? 'ok' : 'unavailable', checks });
  });
  if (!options.status) return;
  fastify.get('/health/status', async (_request, reply) => {
    return reply.header('cache-control', 'no-store').send(await health.status());
  });
}

/** `/metrics` in the Prometheus text format. */
export function addMetricsRoute(fastify: FastifyInstance, metrics: Registry): void {
  fastify.get('/metrics', async (_request, reply) => {
    return reply.header('content-type', metrics.contentType).send(await metrics.metrics());
  });
}

/** Makes `degraded` an alarm: one gauge for each part that reports a status, 1 while it is degraded. */
export function exposeStatusMetric(health: HealthRegistry, metrics: Registry): void {
  if (metrics.getSingleMetric('ponte_status_degraded')) return;
  new Gauge({
    name: 'ponte_status_degraded',
    help: '1 while this part of the service is degraded; /health/status says why.',
    labelNames: ['part'],
    registers: [metrics],
    async collect() {
      const { parts } = await health.status();
      for (const [part, report] of Object.entries(parts)) this.set({ part }, report.status === 'degraded' ? 1 : 0);
    },
  });
}
