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

  /** One way. What is on its way is a queue with one timer, as timers of their own could overtake each other. */
  private pass(from: Socket, to: Socket, state: () => LinkState): void {
    const onTheWay: { piece: Buffer | null; dueMs: number }[] = [];
    const put = (piece: Buffer | null, dueMs: number): void => {
      onTheWay.push({ piece, dueMs });
      if (onTheWay.length === 1) this.later(dueMs, deliver);
    };
    const deliver = (): void => {
      const first = onTheWay.shift();
      if (first?.piece === null) this.reset();
      else if (first !== undefined) to.write(first.piece);
      const next = onTheWay[0];
      if (next !== undefined) this.later(next.dueMs, deliver);
    };
    let wireFreeMs = 0;
    from.setNoDelay(true);
    from.on('data', (piece: Buffer) => {
      const now = state();
      if (now.kind === 'black_hole' || now.kind === 'cut') return;
      if (now.kind === 'up' && onTheWay.length === 0) {
        if (!to.write(piece)) pauseUntilDrained(from, to);
        return;
      }
      const slow = now.kind === 'slow' ? now : { latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };
      wireFreeMs = Math.max(wireFreeMs, performance.now()) + (piece.length * 1000) / slow.bytesPerSecond;
      put(piece, wireFreeMs + slow.latencyMs);
      // No more is taken in than goes out: the sender feels the narrow place.
      from.pause();
      this.later(wireFreeMs, () => from.resume());
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      if (state().kind !== 'black_hole') put(null, onTheWay.at(-1)?.dueMs ?? 0);
    });
  }

  private later(dueMs: number, work: () => void): void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        work();
      },
      Math.max(0, dueMs - performance.now()),
    );
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
