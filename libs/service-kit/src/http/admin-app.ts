import { randomUUID } from 'node:crypto';
import { ValidationPipe, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TokenGuard, type TokenVerifier } from '../auth/index.js';
import { addHealthRoutes, addMetricsRoute, exposeStatusMetric, type HealthRegistry } from '../health/index.js';
import { nestLog, type Logger } from '../log/index.js';
import type { Registry } from '../metrics/index.js';
import { addOpenApiRoute } from '../openapi/openapi-route.js';
import { answerProblem, Problem, ProblemFilter, validationProblem } from '../problems/index.js';
import { closeWhenDraining } from './close-when-draining.js';
import { observeRequests } from './observe-requests.js';
import { StorableText } from './storable-text.js';

/** What the admin listener of a service is made of. */
export interface AdminAppConfig {
  /** The service: `deals`. */
  readonly name: string;
  readonly version: string;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly health: HealthRegistry;
  readonly tokens: TokenVerifier;
  /** A sentence for the head of the OpenAPI document. */
  readonly description?: string;
  /** Default 1 MiB. */
  readonly bodyLimitBytes?: number;
}

const BODY_LIMIT_BYTES = 1_048_576;

/**
 * Nest on Fastify with everything that the admin listeners have in common: bearer tokens and roles on every route,
 * validated DTOs, problem+json for every failure, traces, one log line and one measurement a request, `/openapi.json`,
 * `/health/live|ready|status` and `/metrics`. Neither initialised nor listening yet, so that a service may first
 * connect its microservices.
 */
export async function createAdminApp(
  module: Type | DynamicModule,
  config: AdminAppConfig,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: config.bodyLimitBytes ?? BODY_LIMIT_BYTES,
    genReqId: () => randomUUID(),
    // A URL that the router can't read is answered before any hook or filter runs.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      answerProblem(error, request, reply);
    },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  observeRequests(fastify, {
    listener: 'admin',
    log: config.log,
    metrics: config.metrics,
    logPaths: true,
    logSuccess: true,
  });
  closeWhenDraining(fastify, config.health);
  addSecurityHeaders(fastify);
  takeJsonAlone(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLog(config.log),
    // The process is ended by `runService`, which logs what went wrong; Nest would end it before the log is flushed.
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalGuards(new TokenGuard(config.tokens));
  app.useGlobalPipes(
    new StorableText(),
    new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      validationError: { target: false, value: false },
      exceptionFactory: validationProblem,
    }),
  );
  addHealthRoutes(fastify, config.health, { status: true });
  addMetricsRoute(fastify, config.metrics);
  exposeStatusMetric(config.health, config.metrics);
  addOpenApiRoute(fastify, app, config);
  return app;
}

/** JSON for programs: nothing to sniff, frame or cache, as it holds a workspace's data. */
function addSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    done(null, payload);
  });
}

/**
 * Clients often name a type with every request: where there is no body it says nothing. What curl sends where none is
 * named, a form, would be read as fields with strange names.
 */
function takeJsonAlone(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ headers }, _reply, done) => {
    const type = headers['content-type'];
    if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0)
      delete headers['content-type'];
    else if (type?.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
      done(new Problem({ ...UNSUPPORTED, detail: 'The body must be JSON, with content-type: application/json.' }));
      return;
    }
    done();
  });
}

const UNSUPPORTED = { status: 415, code: 'unsupported_media_type', title: 'Unsupported Media Type' };
