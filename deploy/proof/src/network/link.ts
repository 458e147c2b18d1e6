import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a link does to the bytes that go over it. */
export type LinkState =
  | { readonly kind: 'up' }
  /** Each piece arrives so much later, and so many bytes a second at most go each way. */
  | { readonly kind: 'slow'; readonly latencyMs: number; readonly bytesPerSecond: number }
  /** Connections are reset, and new ones refused as far as a listening port can: reset at once. */
  | { readonly kind: 'cut' }
  /** Connections stay and new ones are taken, and nothing comes through: a router that drops packets. */
  | { readonly kind: 'black_hole' };

/** A stretch of network between one client and one server, as a TCP proxy. */
export interface Link {
  readonly port: number;
  /** Takes effect at once, for open connections too. A black hole that ends resets what was caught in it. */
  set(state: LinkState): void;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 and passes everything on to a port there. */
export async function startLink(toPort: number, listenOn = 0): Promise<Link> {
  const lines = new Set<Line>();
  let state: LinkState = { kind: 'up' };
  const server = createServer((client) => {
    if (state.kind === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const line = new Line(client, connect(toPort, '127.0.0.1'), () => state);
    lines.add(line);
    line.onEnd(() => lines.delete(line));
  });
  server.listen(listenOn, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    set: (next) => {
      // What a black hole swallowed is gone: going on with the rest would be another stream of bytes.
      const reset = next.kind === 'cut' || state.kind === 'black_hole';
      state = next;
      if (reset) for (const line of lines) line.reset();
    },
    close: async () => {
      for (const line of lines) line.reset();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One connection through the link. */
class Line {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly ended: (() => void)[] = [];

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    state: () => LinkState,
  ) {
    this.pass(client, server, state);
    this.pass(server, client, state);
  }

  onEnd(listener: () => void): void {
    this.ended.push(listener);
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
    for (const timer of this.timers) clearTimeout(timer);
    for (const listener of this.ended.splice(0)) listener();
  }

  /** One way. Pieces keep their order: each is due no earlier than the one before. */
  private pass(from: Socket, to: Socket, state: () => LinkState): void {
    let freeAtMs = 0;
    from.setNoDelay(true);
    from.on('data', (piece: Buffer) => {
      const now = state();
      if (now.kind === 'black_hole' || now.kind === 'cut') return;
      const nowMs = performance.now();
      if (now.kind === 'up' && freeAtMs <= nowMs) {
        if (!to.write(piece)) pauseUntilDrained(from, to);
        return;
      }
      const slow = now.kind === 'slow' ? now : { latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };
      freeAtMs = Math.max(freeAtMs, nowMs + slow.latencyMs) + (piece.length * 1000) / slow.bytesPerSecond;
      this.later(freeAtMs - nowMs, () => to.write(piece));
      // No more is taken in than goes out: the sender feels the narrow place.
      from.pause();
      this.later(Math.max(0, freeAtMs - nowMs - slow.latencyMs), () => from.resume());
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      if (state().kind === 'black_hole') return;
      this.later(Math.max(0, freeAtMs - performance.now()), () => {
        this.reset();
      });
    });
  }

  private later(afterMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, afterMs);
    this.timers.add(timer);
  }
}

function pauseUntilDrained(from: Socket, to: Socket): void {
  from.pause();
  to.once('drain', () => from.resume());
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The link has no TCP port.');
  return address.port;
}
