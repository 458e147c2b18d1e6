import type { IncomingRecord, Kafka, StartOffset } from '@ponte/kafka';
import type { Head, Heads, TopicRecord } from './facts.js';
import { memberAt, textAt } from './values.js';

/** Reads a topic from the outside, each time from where the last look ended. */
export class TopicFollower {
  /** What came since `begin()`. */
  records: TopicRecord[] = [];
  /** What its first record follows on: where the topic ended at `begin()`, or nothing after `beginAnew()`. */
  heads: Heads = new Map();
  /** Where it ended at `begin()`, whatever became of it since. */
  began: Heads = new Map();
  private readonly next = new Map<number, StartOffset>();
  private readonly reached = new Map<number, Head>();

  constructor(
    private readonly kafka: Kafka,
    readonly topic: string,
    /** Records that were put into the topic by hand, which no log knows. */
    private readonly isForeign: (record: IncomingRecord) => boolean = () => false,
  ) {}

  /** What is there now is the past: its end is what comes next follows on. */
  begin(): void {
    this.began = new Map(this.reached);
    this.heads = this.began;
    this.records = [];
  }

  /** The topic was made anew: everything in it is to be judged from its first record on. */
  beginAnew(): void {
    this.next.clear();
    this.reached.clear();
    this.heads = new Map();
    this.records = [];
  }

  /** Reads what came meanwhile. */
  async read(): Promise<void> {
    const from = new Map<number, StartOffset>();
    for (const [partition, { high }] of await this.kafka.offsets(this.topic)) {
      const next = this.next.get(partition) ?? 'earliest';
      if (next === 'earliest' ? high > 0n : next < high) from.set(partition, next);
    }
    if (from.size === 0) return;
    await this.kafka.readToEnd(this.topic, from, (batch) => {
      for (const record of batch) this.take(record);
    });
  }

  private take(incoming: IncomingRecord): void {
    const { partition, offset } = incoming;
    const next = this.next.get(partition) ?? 'earliest';
    if (next !== 'earliest' && offset < next) return;
    this.next.set(partition, offset + 1n);
    if (this.isForeign(incoming)) return;
    const record = toTopicRecord(incoming);
    this.records.push(record);
    if (record.position > (this.reached.get(partition)?.position ?? 0)) this.reached.set(partition, record);
  }
}

/** Reads the headers by themselves, as any consumer of the topic would: the audit shares no code with what it judges. */
function toTopicRecord(record: IncomingRecord): TopicRecord {
  const { headers } = record;
  return {
    partition: record.partition,
    offset: record.offset,
    position: Number(headers['ce_ponteposition']),
    id: headers['ce_id'] ?? '',
    predecessorId: headers['ce_pontepredecessor'] ?? null,
    name: /^ponte\.(\w+)\.v\d+$/.exec(headers['ce_type'] ?? '')?.[1] ?? '',
    causationId: headers['ce_pontecausation'] ?? null,
    traceparent: headers['traceparent'] ?? null,
    data: slim(JSON.parse(record.value?.toString('utf8') ?? 'null')),
  };
}

/** What the audit asks for; the rest of hundreds of thousands of records need not stay in memory. */
function slim(data: unknown): object {
  const deal = memberAt(data, 'deal');
  const kept = ['requestId', 'item', 'outcome', 'dealId', 'deliveryId'].map(
    (key) => [key, memberAt(data, key)] as const,
  );
  const bytesHash = textAt(memberAt(data, 'delivery'), 'bytesHash').replaceAll('-', '');
  const ids = { id: memberAt(deal, 'id'), origin: { id: memberAt(memberAt(deal, 'origin'), 'id') } };
  return {
    ...Object.fromEntries(kept.filter(([, value]) => value !== null)),
    ...(bytesHash === '' ? {} : { bytesHash }),
    ...(deal === null ? {} : { deal: ids }),
  };
}
