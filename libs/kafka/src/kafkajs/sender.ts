import type { ICustomPartitioner, Kafka as Client, Message, Producer, RecordMetadata } from 'kafkajs';
import { KafkaError } from '../kafka-error.js';
import type { KafkaConfig, OutgoingRecord, RecordSender, SenderOptions } from '../port.js';
import { withPrefix } from './client.js';
import { within } from './deadline.js';

const ACKS_ALL = -1;
/** How long the leader may wait for its replicas. */
const ACKS_TIMEOUT_MS = 10_000;
const SEND_TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 8_000;
const CLOSE_TIMEOUT_MS = 3_000;
const DEFAULT_MAX_BATCH_BYTES = 900_000;
/** Bounds of what the protocol adds to a batch, a record and a header: https://kafka.apache.org/documentation/#messageformat */
const BATCH_OVERHEAD_BYTES = 100;
const RECORD_OVERHEAD_BYTES = 32;
const HEADER_OVERHEAD_BYTES = 10;

/** kafkajs drops a record for an unknown partition without a word, so every record is checked on its way. */
const explicitPartition: ICustomPartitioner =
  () =>
  ({ topic, partitionMetadata, message }) => {
    const partition = message.partition ?? -1;
    if (!partitionMetadata.some(({ partitionId }) => partitionId === partition)) {
      throw new KafkaError('invalid', `topic ${topic} has no partition ${String(partition)}`);
    }
    return partition;
  };

/** @see Kafka.connectSender */
export async function connectSender(
  client: Client,
  config: KafkaConfig,
  options: SenderOptions = {},
): Promise<RecordSender> {
  const producer = client.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: explicitPartition,
  });
  try {
    await within(CONNECT_TIMEOUT_MS, 'connecting a sender', () => producer.connect());
  } catch (error) {
    producer.disconnect().catch(() => undefined);
    throw error;
  }
  return new KafkaJsSender(producer, config, options.maxBatchBytes ?? DEFAULT_MAX_BATCH_BYTES);
}

class KafkaJsSender implements RecordSender {
  private state: 'open' | 'failed' | 'closed' = 'open';
  private closing: Promise<void> | null = null;
  /** Sends wait for one another, so that calls made at once keep their order on the wire. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly producer: Producer,
    private readonly config: KafkaConfig,
    private readonly maxBatchBytes: number,
  ) {}

  send(topic: string, records: readonly OutgoingRecord[]): Promise<ReadonlyMap<number, bigint>> {
    const sending = this.last.then(() => this.sendNow(topic, records));
    this.last = sending.catch(() => undefined);
    return sending;
  }

  close(): Promise<void> {
    this.state = 'closed';
    this.closing ??= within(CLOSE_TIMEOUT_MS, 'closing a sender', () => this.producer.disconnect()).catch(() => {
      // The connection is gone either way, and nothing waits for an answer on it any more.
    });
    return this.closing;
  }

  private async sendNow(topic: string, records: readonly OutgoingRecord[]): Promise<ReadonlyMap<number, bigint>> {
    const baseOffsets = new Map<number, bigint>();
    for (const messages of intoRequests(records, this.maxBatchBytes)) {
      this.requireOpen();
      try {
        const written = baseOffsetsOf(topic, messages, await this.sendRequest(topic, messages));
        for (const [partition, baseOffset] of written) {
          if (!baseOffsets.has(partition)) baseOffsets.set(partition, baseOffset);
        }
      } catch (error) {
        if (this.state === 'open') this.state = 'failed';
        throw error;
      }
    }
    return baseOffsets;
  }

  private sendRequest(topic: string, messages: Message[]): Promise<RecordMetadata[]> {
    return within(SEND_TIMEOUT_MS, `sending to ${topic}`, () =>
      this.producer.sendBatch({
        acks: ACKS_ALL,
        timeout: ACKS_TIMEOUT_MS,
        topicMessages: [{ topic: withPrefix(this.config, topic), messages }],
      }),
    );
  }

  private requireOpen(): void {
    if (this.state === 'open') return;
    const why = this.state === 'closed' ? 'the sender was closed' : 'the sender failed before and must be replaced';
    throw new KafkaError('closed', why);
  }
}

/**
 * Splits what is to be sent into requests in which no partition's batch is larger than `maxBatchBytes`; the order
 * within each partition stays. A single record that is larger goes alone, and the broker decides.
 */
export function intoRequests(records: readonly OutgoingRecord[], maxBatchBytes: number): Message[][] {
  const requests: Message[][] = [];
  const open = new Map<number, { request: number; bytes: number }>();
  for (const record of records) {
    const bytes = recordBytes(record);
    const batch = open.get(record.partition) ?? { request: 0, bytes: BATCH_OVERHEAD_BYTES };
    const isEmpty = batch.bytes === BATCH_OVERHEAD_BYTES;
    if (!isEmpty && batch.bytes + bytes > maxBatchBytes) {
      batch.request += 1;
      batch.bytes = BATCH_OVERHEAD_BYTES;
    }
    batch.bytes += bytes;
    open.set(record.partition, batch);
    (requests[batch.request] ??= []).push(toMessage(record));
  }
  return requests;
}

/**
 * The first offset of each partition that was sent to.
 *
 * A partition without an answer was not written: when a leader fails, kafkajs sends again only to brokers that have not
 * answered yet. If the new leader is one that has, for other partitions, the records are left out and the call
 * resolves as if all was well.
 *
 * @throws KafkaError `unavailable` when a partition has no answer
 */
export function baseOffsetsOf(
  topic: string,
  messages: readonly Message[],
  written: readonly RecordMetadata[],
): ReadonlyMap<number, bigint> {
  const offsets = new Map(written.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? -1)]));
  const left = new Set(messages.map(({ partition }) => partition ?? -1).filter((partition) => !offsets.has(partition)));
  if (left.size > 0) {
    const partitions = [...left].join(', ');
    throw new KafkaError('unavailable', `sending to ${topic}: the leader of ${partitions} changed before it answered`);
  }
  return offsets;
}

/** An upper bound of what a record takes within an uncompressed batch. */
function recordBytes(record: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(record.key);
  if (record.value !== null) bytes += Buffer.byteLength(record.value);
  for (const [name, value] of Object.entries(record.headers)) {
    bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  return bytes;
}

function toMessage({ partition, key, headers, value }: OutgoingRecord): Message {
  return { partition, key, headers: { ...headers }, value };
}
