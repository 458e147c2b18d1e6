import type { Kafka, OutgoingRecord } from '@ponte/kafka';
import type { Database } from '@ponte/service-kit';

/** What a test does to the records of a send on their way; `null` lets them be lost while the relay believes in them. */
export type Tamper = (record: OutgoingRecord) => OutgoingRecord | null;

/** A Kafka whose senders lose or change records: what no broker does, and operators, bugs and restores do. */
export class TamperedKafka {
  tamper: Tamper = (record) => record;
  /** Awaited before each send. */
  beforeSend: () => Promise<void> = () => Promise.resolve();
  /** Awaited after each send that was written, before its answer: the relay knows nothing of it yet. */
  afterSend: () => Promise<void> = () => Promise.resolve();
  sends = 0;
  readonly kafka: Kafka;

  constructor(real: Kafka) {
    this.kafka = {
      readToEnd: (...args) => real.readToEnd(...args),
      offsets: (topic) => real.offsets(topic),
      ensureTopic: (...args) => real.ensureTopic(...args),
      close: () => real.close(),
      connectSender: async (options) => {
        const sender = await real.connectSender(options);
        return {
          close: () => sender.close(),
          send: async (topic, records) => {
            await this.beforeSend();
            const sent = records.map(this.tamper).filter((record) => record !== null);
            const bases = new Map(sent.length === 0 ? [] : await sender.send(topic, sent));
            this.sends++;
            await this.afterSend();
            if (sent.length < records.length) {
              const offsets = await real.offsets(topic);
              // The next send of a partition that lost something begins where the topic ends.
              for (const { partition } of records)
                bases.set(partition, bases.get(partition) ?? offsets.get(partition)?.high ?? 0n);
            }
            return bases;
          },
        };
      },
    };
  }
}

/** A latch: closed until opened. */
export class Latch {
  private opened: () => void = () => undefined;
  private readonly promise = new Promise<void>((resolve) => (this.opened = resolve));
  private reached: () => void = () => undefined;
  readonly whenReached = new Promise<void>((resolve) => (this.reached = resolve));

  open(): void {
    this.opened();
  }

  wait(): Promise<void> {
    this.reached();
    return this.promise;
  }
}

/** A database whose calls wait while the process is paused, as if it got SIGSTOP. */
export function pausable(database: Database): { database: Database; pause(): void; goOn(): void } {
  let latch: Latch | null = null;
  const ready = () => latch?.wait() ?? Promise.resolve();
  return {
    pause: () => {
      latch ??= new Latch();
    },
    goOn: () => {
      latch?.open();
      latch = null;
    },
    database: {
      query: async (text, values) => {
        await ready();
        return database.query(text, values);
      },
      transaction: async (work) => {
        await ready();
        return database.transaction(work);
      },
      listen: (channel, onNotify) => database.listen(channel, onNotify),
      onConnectionLost: (listener) => {
        database.onConnectionLost(listener);
      },
      close: () => Promise.resolve(),
    },
  };
}
