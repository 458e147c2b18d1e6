import type { Admin, Kafka as Client } from 'kafkajs';
import { KafkaError } from '../kafka-error.js';
import { within } from './deadline.js';
import { passesBySoon } from './errors.js';

const CALL_TIMEOUT_MS = 8_000;
const CLOSE_TIMEOUT_MS = 3_000;
const RETRY_WINDOW_MS = 4_000;
const RETRY_PAUSE_MS = 100;

/**
 * One administrative connection, opened when it is first needed and replaced after it failed to reach a broker.
 */
export class AdminConnection {
  private opened: Promise<Admin> | null = null;
  private closed = false;

  constructor(private readonly client: Client) {}

  /**
   * Runs one administrative call, again while a broker answers that it soon may; so `work` must bear repetition.
   *
   * @param doing what is being done, for the error's message
   * @throws KafkaError
   */
  async call<T>(doing: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    const until = Date.now() + RETRY_WINDOW_MS;
    for (;;) {
      try {
        return await this.callOnce(doing, work);
      } catch (error) {
        const isTransient = error instanceof KafkaError && error.isTransient;
        if (!isTransient || !passesBySoon(error) || Date.now() > until) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    const opened = this.opened;
    this.opened = null;
    if (opened !== null) await disconnect(opened);
  }

  private async callOnce<T>(doing: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.closed) throw new KafkaError('closed', `${doing}: the client was closed`);
    const opened = (this.opened ??= this.open());
    try {
      return await within(CALL_TIMEOUT_MS, doing, async () => work(await opened));
    } catch (error) {
      if (error instanceof KafkaError && error.isTransient) this.replace(opened);
      throw error;
    }
  }

  private async open(): Promise<Admin> {
    const admin = this.client.admin();
    try {
      await admin.connect();
      return admin;
    } catch (error) {
      admin.disconnect().catch(() => undefined);
      throw error;
    }
  }

  private replace(failed: Promise<Admin>): void {
    if (this.opened === failed) this.opened = null;
    void disconnect(failed);
  }
}

async function disconnect(opened: Promise<Admin>): Promise<void> {
  await within(CLOSE_TIMEOUT_MS, 'disconnecting', async () => (await opened).disconnect()).catch(() => {
    // Either it never connected, or the connection is gone: nothing is left to close.
  });
}
