import type { IncomingMessage } from 'node:http';
import { addLogFields, createBareListener, type HealthRegistry, type Logger, type Registry } from '@ponte/service-kit';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyTooLarge, methodNotAllowed, unreadable, type Answer } from './answers.js';
import type { HookRequest } from './hook-request.js';
import type { Receiver } from './receiver.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The content type as it came, where Fastify was shown another. */
    sentContentType: string | undefined;
  }
}

/** A body's bytes at most: 1 MiB. */
export const BODY_LIMIT = 1_048_576;

export interface HooksServerOptions {
  receiver: Pick<Receiver, 'receive' | 'refuse'>;
  log: Logger;
  metrics: Registry;
  /** The listener's own: ready when a payload can be made durable, and nothing else counts. */
  health: HealthRegistry;
}

const NO_BODY = Buffer.alloc(0);

/**
 * The public listener: hooks alone, and its own readiness. Bare Fastify, without validation, so that the raw bytes of
 * any content type come through and nothing on the way costs more than it must.
 */
export function createHooksServer(options: HooksServerOptions): FastifyInstance {
  const server = createBareListener({
    listener: 'hooks',
    log: options.log,
    metrics: options.metrics,
    health: options.health,
    // Whoever reads a hook's path can post to it.
    logPaths: false,
    // What was accepted is in the history, with all that a line would say of it; repetitions and probes are counted.
    logSuccess: false,
    bodyLimitBytes: BODY_LIMIT,
    options: {
      // A slow sender holds a connection, not a batch; but not for ever.
      requestTimeout: 30_000,
      // HEAD has its own meaning here.
      exposeHeadRoutes: false,
      routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    },
  });
  server.register(hookRoutes(options.receiver), { prefix: '/in' });
  return server;
}

function hookRoutes(receiver: HooksServerOptions['receiver']) {
  return (server: FastifyInstance, _options: object, done: () => void): void => {
    takeAnyBody(server);
    server.route({
      method: ['GET', 'HEAD', 'POST'],
      url: '/:token',
      handler: async (request, reply) => send(request, reply, await receiver.receive(toHookRequest(request))),
    });
    // The path fits and the method doesn't, or the token is no token: then it is known to nobody.
    server.setNotFoundHandler(async (request, reply) =>
      send(request, reply, await receiver.refuse(toHookRequest(request), methodNotAllowed)),
    );
    server.setErrorHandler<FastifyError>(async (error, request, reply) => {
      const problem = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? bodyTooLarge(BODY_LIMIT) : notRead;
      // The rest of the body is not read: the connection can't be used for another request.
      if (problem.status === 413) reply.header('connection', 'close');
      return send(request, reply, await receiver.refuse(toHookRequest(request), problem));
    });
    done();
  };
}

const notRead = unreadable('unreadable_request', 'The request could not be read.');
const SHOWN_CONTENT_TYPE = 'application/octet-stream';

/**
 * Bytes of any content type, a malformed one included: Fastify would answer those with 415, and tools do send them. So
 * it is shown one that it knows, and the mapping sees what was sent.
 */
function takeAnyBody(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  // By its name, which Fastify remembers the parser of, and for what has no content type.
  for (const type of [SHOWN_CONTENT_TYPE, '*']) {
    server.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
  }
  server.decorateRequest('sentContentType', undefined);
  server.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw;
    const sent = headers['content-type'];
    if (sent !== undefined) {
      request.sentContentType = sent;
      headers['content-type'] = SHOWN_CONTENT_TYPE;
    }
    done();
  });
}

function toHookRequest(request: FastifyRequest): HookRequest {
  const { raw, body, sentContentType } = request;
  if (sentContentType !== undefined) raw.headers['content-type'] = sentContentType;
  const bytes = Buffer.isBuffer(body) ? body : NO_BODY;
  return {
    token: tokenOf(request.url) ?? '',
    method: request.method,
    url: request.url,
    rawHeaders: raw.rawHeaders,
    headers: raw.headers,
    body: bytes,
    size: bytes.length > 0 ? bytes.length : declaredLength(raw),
    receivedAt: new Date(),
  };
}

function tokenOf(url: string): string | null {
  return /^\/in\/([^/?#]+)\/?(?:[?#]|$)/.exec(url)?.[1] ?? null;
}

/** Postgres keeps it as an integer, and a sender may claim anything. */
function declaredLength(raw: IncomingMessage): number {
  const length = Number(raw.headers['content-length'] ?? 0);
  return Number.isSafeInteger(length) && length >= 0 ? Math.min(length, 2_147_483_647) : 0;
}

function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer.requestId !== null) addLogFields(request, { inboundRequestId: answer.requestId });
  return reply.code(answer.status).headers(answer.headers).header('content-type', answer.contentType).send(answer.body);
}
