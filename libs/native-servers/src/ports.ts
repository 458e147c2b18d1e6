import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { NativeServerError } from './errors.js';

const LOCALHOST = '127.0.0.1';

/**
 * Ports below those that systems give to outgoing connections (Linux from 32768, macOS from 49152): a server takes
 * seconds to start and comes back on its port after a stop, and meanwhile any connection might get one of those.
 */
const LOWEST = 10_240;
const HIGHEST = 32_767;
const MOST_TRIES = 100;

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isPortFree(port)) return port;
  }
  throw new NativeServerError('port_taken', `No TCP port from ${String(LOWEST)} to ${String(HIGHEST)} is free.`);
}

/** Whether nothing listens on the port of 127.0.0.1 now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, LOCALHOST, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** @throws NativeServerError `port_taken` */
export async function requireFreePort(port: number, what: string): Promise<void> {
  if (await isPortFree(port)) return;
  throw new NativeServerError(
    'port_taken',
    `${what} cannot start: port ${String(port)} on ${LOCALHOST} is taken. Stop what listens there, or choose another port.`,
  );
}
