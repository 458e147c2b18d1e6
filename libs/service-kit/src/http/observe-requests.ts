import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../log/index.js';
import { httpDuration, type Registry } from '../metrics/index.js';
import { childOf, continueTrace } from '../tracing/index.js';
import { contextOf } from './request-context.js';

/** What a listener's requests are observed with. */
export interface Observation {
  /** `hooks`, `admin`. */
  readonly listener: string;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Off where the path itself is a secret, as with the tokens of hooks; then only its template is logged. */
  readonly logPaths: boolean;
  /** Off where what succeeded is kept elsewhere, with all that its line would say: then it is logged when debugging only. */
  readonly logSuccess: boolean;
}

/** Probes and scrapes come every few seconds and say nothing: they are logged when debugging only. */
const QUIET_ROUTES: ReadonlySet<string> = new Set(['/health/live', '/health/ready', '/health/status', '/metrics']);

/**
 * Gives every request of a Fastify instance its trace, a measured duration and one log line. Called before routes are
 * added, since Fastify's hooks only reach later ones.
 */
export function observeRequests(fastify: FastifyInstance, observation: Observation): void {
  const duration = httpDuration(observation.metrics);
  fastify.addHook('onRequest', (request, reply, done) => {
    const traceparent = childOf(singleHeader(request, 'traceparent'));
    contextOf(request).traceparent = traceparent;
    reply.header('traceparent', traceparent);
    continueTrace(traceparent, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { elapsedTime, statusCode } = reply;
    const route = request.routeOptions.url ?? 'unmatched';
    duration.observe(
      { listener: observation.listener, method: request.method, route, status: String(statusCode) },
      elapsedTime / 1000,
    );
    const level = levelOf(observation, statusCode, route);
    if (observation.log.isLevelEnabled(level)) logRequest(observation, level, request, reply, route);
    done();
  });
}

function logRequest(
  observation: Observation,
  level: LineLevel,
  request: FastifyRequest,
  reply: FastifyReply,
  route: string,
): void {
  const context = contextOf(request);
  observation.log[level](
    {
      listener: observation.listener,
      requestId: request.id,
      method: request.method,
      route,
      ...(observation.logPaths ? { path: request.url.split('?', 1)[0] } : {}),
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 100) / 100,
      requestBytes: byteCount(request.headers['content-length']),
      responseBytes: byteCount(reply.getHeader('content-length')),
      remoteAddress: request.ip,
      userAgent: request.headers['user-agent'],
      traceId: context.traceparent?.split('-')[1],
      ...(context.caller ? { workspaceId: context.caller.workspaceId, role: context.caller.role } : {}),
      ...(context.problem === undefined ? {} : { problem: context.problem }),
      ...context.fields,
      ...(context.error === undefined ? {} : { error: context.error }),
    },
    'request',
  );
}

type LineLevel = 'debug' | 'info' | 'warn' | 'error';

function levelOf(observation: Observation, status: number, route: string): LineLevel {
  if (QUIET_ROUTES.has(route) || (status < 300 && !observation.logSuccess)) return 'debug';
  if (status === 503) return 'warn';
  return status >= 500 ? 'error' : 'info';
}

function byteCount(header: unknown): number | undefined {
  const count = Number(header);
  return header === undefined || !Number.isFinite(count) ? undefined : count;
}

function singleHeader(request: FastifyRequest, name: string): string | undefined {
  const header = request.headers[name];
  return typeof header === 'string' ? header : undefined;
}
