import { Client, escapeIdentifier, type ClientConfig } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subscription } from './sql.js';

/** What the listener tells the log: why its connection broke, and that it is back. */
export interface ListenerEvents {
  onLost(error: unknown): void;
  onRestored(): void;
}

const FIRST_ATTEMPTS = 5;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;
/** A connection that only listens never notices a peer that vanished without a word, so it asks now and then. */
const HEARTBEAT_MS = 15_000;
const HEARTBEAT_ANSWER_MS = 10_000;

/** All LISTENs of a process on one connection, re-established with growing pauses whenever it breaks. */
export class Listener {
  private readonly subscribers = new Map<string, Set<() => void>>();
  private readonly stopping = new AbortController();
  private connection: Promise<Client> | undefined;
  private current: Client | undefined;

  constructor(
    private readonly config: ClientConfig,
    private readonly events: ListenerEvents,
  ) {}

  async listen(channel: string, onNotify: () => void): Promise<Subscription> {
    this.stopping.signal.throwIfAborted();
    const known = this.subscribers.get(channel);
    const subscribers = known ?? new Set();
    // An entry of its own for each call, so that the same function can be subscribed twice and closed once.
    const entry = () => {
      onNotify();
    };
    subscribers.add(entry);
    this.subscribers.set(channel, subscribers);
    try {
      if (this.connection === undefined) await this.start();
      else if (known === undefined) await this.addChannel(channel);
    } catch (error) {
      subscribers.delete(entry);
      if (subscribers.size === 0) this.subscribers.delete(channel);
      throw error;
    }
    return { close: () => this.unsubscribe(channel, entry) };
  }

  async close(): Promise<void> {
    this.stopping.abort(new Error('The database is closing'));
    this.subscribers.clear();
    await this.current?.end().catch(() => undefined);
    this.current = undefined;
  }

  private async unsubscribe(channel: string, entry: () => void): Promise<void> {
    const subscribers = this.subscribers.get(channel);
    if (!subscribers?.delete(entry) || subscribers.size > 0) return;
    this.subscribers.delete(channel);
    // A connection that breaks just now forgets the channel by itself.
    await this.current?.query(`UNLISTEN ${escapeIdentifier(channel)}`).catch(() => undefined);
  }

  private async start(): Promise<void> {
    this.connection = this.connect(FIRST_ATTEMPTS);
    try {
      await this.connection;
    } catch (error) {
      this.connection = undefined;
      throw error;
    }
  }

  /** If the connection breaks meanwhile, the reconnect listens on every subscribed channel, this one included. */
  private async addChannel(channel: string): Promise<void> {
    const client = await this.connection;
    if (client === this.current) {
      await client?.query(`LISTEN ${escapeIdentifier(channel)}`).catch((error: unknown) => {
        if (client === this.current) throw error;
      });
    }
  }

  private async connect(attempts: number): Promise<Client> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.open();
      } catch (error) {
        if (attempt >= attempts || this.stopping.signal.aborted) throw error;
        if (attempts === Infinity && attempt === 1) this.events.onLost(error);
        const pause = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 10), LONGEST_RETRY_MS);
        await sleep(pause, undefined, { signal: this.stopping.signal });
      }
    }
  }

  private async open(): Promise<Client> {
    const client = new Client(this.config);
    let ended = false;
    const onEnd = (error: unknown) => {
      if (ended) return;
      ended = true;
      clearInterval(heartbeat);
      if (this.current === client) this.reconnect(error);
    };
    // Registered before connecting: an `error` without a listener would end the process.
    client.on('error', onEnd);
    client.on('end', () => {
      onEnd(new Error('The listening connection was closed'));
    });
    client.on('notification', ({ channel }) => {
      this.notify(channel);
    });
    const heartbeat = setInterval(() => {
      client.query({ text: 'SELECT 1' }).catch(onEnd);
    }, HEARTBEAT_MS).unref();
    try {
      await client.connect();
      for (const channel of this.subscribers.keys()) await client.query(`LISTEN ${escapeIdentifier(channel)}`);
      if (ended) throw new Error('The listening connection broke while it was set up');
      this.stopping.signal.throwIfAborted();
      this.current = client;
      return client;
    } catch (error) {
      ended = true;
      clearInterval(heartbeat);
      client.end().catch(() => undefined);
      throw error;
    }
  }

  private reconnect(error: unknown): void {
    const old = this.current;
    this.current = undefined;
    old?.end().catch(() => undefined);
    if (this.stopping.signal.aborted) return;
    this.events.onLost(error);
    this.connection = this.connect(Infinity);
    this.connection.then(
      () => {
        this.events.onRestored();
        // What was notified while nobody listened is lost: every subscriber looks once.
        for (const channel of this.subscribers.keys()) this.notify(channel);
      },
      () => undefined, // only when stopping
    );
  }

  private notify(channel: string): void {
    for (const onNotify of this.subscribers.get(channel) ?? []) onNotify();
  }
}

/** What the listening connection adds to a pool's settings: an unanswered heartbeat ends it. */
export const listenerTimeouts = { query_timeout: HEARTBEAT_ANSWER_MS } as const;
