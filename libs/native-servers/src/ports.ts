import { createServer } from 'node:net';
import { NativeServerError } from './errors.js';

const LOCALHOST = '127.0.0.1';

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === null) throw new NativeServerError('port_taken', 'The system has no free TCP port to give.');
  return port;
}

/** Whether nothing listens on the port of 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null;
}

/** @throws NativeServerError `port_taken` */
export async function requireFreePort(port: number, what: string): Promise<void> {
  if (await isPortFree(port)) return;
  throw new NativeServerError(
    'port_taken',
    `${what} cannot start: port ${String(port)} on ${LOCALHOST} is taken. Stop what listens there, or choose another port.`,
  );
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(null);
    });
    server.listen(port, LOCALHOST, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : null);
      });
    });
  });
}
