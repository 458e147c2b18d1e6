import type { FastifyInstance } from 'fastify';
import type { HealthRegistry } from '../health/index.js';

/** While a listener drains, every answer tells its client to come back on another connection, thus to another instance. */
export function closeWhenDraining(fastify: FastifyInstance, health: HealthRegistry): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (health.isDraining) reply.header('connection', 'close');
    done(null, payload);
  });
}
