import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { HealthRegistry } from '../health/index.js';
import type { Shutdown } from './shutdown.js';

/** Where a listener listens. */
export interface ListenOptions {
  /** 0 lets the system choose one. */
  readonly port: number;
  /** Default: all addresses. */
  readonly host?: string;
  readonly health: HealthRegistry;
  readonly shutdown: Shutdown;
}

/**
 * Starts an admin application, and registers its end: not ready any more, then no new connections, and requests in
 * flight are answered.
 *
 * @returns the port that it listens on
 */
export async function listenAdmin(app: NestFastifyApplication, options: ListenOptions): Promise<number> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  registerEnd('admin listener', () => whileClosingIdle(fastify, () => app.close()), options);
  await app.listen(options.port, options.host ?? '0.0.0.0');
  return portOf(fastify.server);
}

/** The same for a bare Fastify. */
export async function listenBare(name: string, fastify: FastifyInstance, options: ListenOptions): Promise<number> {
  registerEnd(`${name} listener`, () => whileClosingIdle(fastify, () => fastify.close()), options);
  await fastify.listen({ port: options.port, host: options.host ?? '0.0.0.0' });
  return portOf(fastify.server);
}

function registerEnd(name: string, close: () => Promise<unknown>, { health, shutdown }: ListenOptions): void {
  shutdown.add('announce', `${name} readiness`, () => {
    health.drain();
  });
  shutdown.add('listeners', name, close);
}

/**
 * Closing ends the connections that are idle then. One that is answering just then becomes idle a moment later and,
 * kept alive by its client, would hold up the end until it times out.
 */
async function whileClosingIdle(fastify: FastifyInstance, close: () => Promise<unknown>): Promise<void> {
  const sweep = setInterval(() => {
    fastify.server.closeIdleConnections();
  }, 50);
  try {
    await close();
  } finally {
    clearInterval(sweep);
  }
}

function portOf(server: FastifyInstance['server']): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The listener has no TCP port');
  return address.port;
}
