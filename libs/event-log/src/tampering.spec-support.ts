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
  private readonly before = new Map<number, OutgoingRecord>();
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
            const bases = await sender.send(
              topic,
              records.map((record) => this.instead(record)),
            );
            this.sends++;
            await this.afterSend();
            return bases;
          },
        };
      },
    };
  }

  /** A repeat takes the place of what is lost: a relay notices when two sends are answered with the same offset. */
  private instead(record: OutgoingRecord): OutgoingRecord {
    const tampered = this.tamper(record) ?? this.before.get(record.partition);
    if (tampered === undefined) throw new Error('the first record of a partition can’t be lost unnoticed');
    this.before.set(record.partition, tampered);
    return tampered;
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
