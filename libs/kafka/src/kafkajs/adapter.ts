import type { Kafka as Client } from 'kafkajs';
import { KafkaError } from '../kafka-error.js';
import type {
  IncomingRecord,
  Kafka,
  KafkaConfig,
  PartitionOffsets,
  ReadOptions,
  RecordSender,
  SenderOptions,
  StartOffset,
  TopicReport,
  TopicSpec,
} from '../port.js';
import { AdminConnection } from './admin-connection.js';
import { createClient } from './client.js';
import { readToEnd } from './read-to-end.js';
import { connectSender } from './sender.js';
import { ensureTopic, topicOffsets } from './topics.js';

/**
 * The port over a Kafka that is reached with kafkajs. Connects when first used, so a broker that is away at boot is no
 * error here: calls reject with `unavailable` until it is back.
 */
export function connectKafka(config: KafkaConfig): Kafka {
  return new KafkaJsKafka(createClient(config), config);
}

class KafkaJsKafka implements Kafka {
  private readonly admin: AdminConnection;
  private readonly senders = new Set<RecordSender>();
  private closed = false;

  constructor(
    private readonly client: Client,
    private readonly config: KafkaConfig,
  ) {
    this.admin = new AdminConnection(client);
  }

  async connectSender(options?: SenderOptions): Promise<RecordSender> {
    if (this.isClosed()) throw new KafkaError('closed', 'connecting a sender: the client was closed');
    const sender = await connectSender(this.client, this.config, options);
    if (this.isClosed()) {
      await sender.close();
      throw new KafkaError('closed', 'connecting a sender: the client was closed meanwhile');
    }
    const tracked: RecordSender = {
      send: (topic, records) => sender.send(topic, records),
      close: () => {
        this.senders.delete(sender);
        return sender.close();
      },
    };
    this.senders.add(sender);
    return tracked;
  }

  readToEnd(
    topic: string,
    from: ReadonlyMap<number, StartOffset>,
    onRecords: (records: readonly IncomingRecord[]) => void | Promise<void>,
    options?: ReadOptions,
  ): Promise<void> {
    return readToEnd({ admin: this.admin, config: this.config }, topic, from, onRecords, options);
  }

  offsets(topic: string): Promise<ReadonlyMap<number, PartitionOffsets>> {
    return topicOffsets(this.admin, this.config, topic);
  }

  ensureTopic(spec: TopicSpec, mode: 'create' | 'check'): Promise<TopicReport> {
    return ensureTopic(this.admin, this.config, spec, mode);
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.senders].map((sender) => sender.close()));
    this.senders.clear();
    await this.admin.close();
  }

  /** A method, since the compiler takes what was checked for still true after an await. */
  private isClosed(): boolean {
    return this.closed;
  }
}
