import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { startLink, type Link } from './link.js';

let echo: Server;
let link: Link;
const sockets: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  link = await startLink(typeof address === 'object' && address !== null ? address.port : 0);
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await link.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const socket = connect(link.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Resolves when it is closed, by an error too. */
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

/** What comes, once so many bytes are there. */
function hear(socket: Socket, length: number): Promise<string> {
  let back = '';
  return new Promise<string>((resolve) => {
    socket.on('data', (piece: Buffer) => {
      back += piece.toString();
      if (back.length >= length) resolve(back);
    });
  });
}

/** Sends a text and waits until as many bytes came back. */
function roundTrip(socket: Socket, text: string): Promise<string> {
  const whole = hear(socket, text.length);
  socket.write(text);
  return whole;
}

describe('a link', () => {
  it('passes bytes on, both ways', async () => {
    expect(await roundTrip(await open(), 'hello')).toBe('hello');
  });

  it('delays them while it is slow, and keeps their order', async () => {
    link.set({ kind: 'slow', latencyMs: 40, bytesPerSecond: 1_000_000 });
    const startedMs = performance.now();
    const text = 'x'.repeat(10_000) + 'y'.repeat(10_000);
    expect(await roundTrip(await open(), text)).toBe(text);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(79);
  });

  it('lets nothing overtake when it is fast again', async () => {
    const socket = await open();
    const pieces = Array.from({ length: 300 }, (_, index) => `${String(index)};`);
    const whole = hear(socket, pieces.join('').length);
    for (const [index, piece] of pieces.entries()) {
      link.set(index % 20 < 10 ? { kind: 'slow', latencyMs: index % 7, bytesPerSecond: 100_000 } : { kind: 'up' });
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await whole).toBe(pieces.join(''));
  });

  it('lets so many bytes a second through and no more', async () => {
    link.set({ kind: 'slow', latencyMs: 0, bytesPerSecond: 100_000 });
    const startedMs = performance.now();
    await roundTrip(await open(), 'x'.repeat(20_000));
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(190);
  });

  it('resets connections when it is cut, and takes new ones when it is up again', async () => {
    const socket = await open();
    await roundTrip(socket, 'a');
    const end = closed(socket);
    link.set({ kind: 'cut' });
    await end;
    const refused = connect(link.port, '127.0.0.1').on('error', () => undefined);
    await closed(refused);
    link.set({ kind: 'up' });
    expect(await roundTrip(await open(), 'b')).toBe('b');
  });

  it('swallows everything as a black hole, and resets what was caught in it', async () => {
    const socket = await open();
    await roundTrip(socket, 'a');
    link.set({ kind: 'black_hole' });
    let heard = false;
    socket.on('data', () => (heard = true));
    socket.write('lost');
    await open();
    expect([heard, socket.destroyed]).toEqual([false, false]);
    const end = closed(socket);
    link.set({ kind: 'up' });
    await end;
    expect(heard).toBe(false);
  });
});
