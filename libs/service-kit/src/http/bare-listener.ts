import { randomUUID } from 'node:crypto';
import { fastify, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { addHealthRoutes, type HealthRegistry } from '../health/index.js';
import { answerProblem, notFound, problemErrorHandler } from '../problems/index.js';
import { closeWhenDraining } from './close-when-draining.js';
import { observeRequests, type Observation } from './observe-requests.js';

/** What a listener without Nest is made of. */
export interface BareListenerConfig extends Observation {
  /** This listener's own readiness. */
  readonly health: HealthRegistry;
  readonly bodyLimitBytes: number;
  /** More of Fastify's options. */
  readonly options?: FastifyServerOptions;
}

/**
 * A bare Fastify for hot paths, with what the admin listener has too: traces, one log line and one measurement a
 * request, problem+json for every failure, `/health/live` and `/health/ready`. Ajv neither coerces nor strips.
 */
export function createBareListener(config: BareListenerConfig): FastifyInstance {
  const listener = fastify({
    logger: false,
    bodyLimit: config.bodyLimitBytes,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: true } },
    frameworkErrors: (error, request, reply) => {
      answerProblem(error, request, reply);
    },
    ...config.options,
  });
  observeRequests(listener, config);
  closeWhenDraining(listener, config.health);
  listener.setErrorHandler(problemErrorHandler);
  listener.setNotFoundHandler((request, reply) => {
    answerProblem(notFound('route'), request, reply);
  });
  addHealthRoutes(listener, config.health, { status: false });
  return listener;
}
