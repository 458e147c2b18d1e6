import { Counter, Gauge, type Registry } from '@ponte/service-kit';
import type { LogConsumer } from '../consume/log-consumer.js';
import type { PartitionStatus } from '../consume/status.js';
import type { EventLog } from '../event-log.js';
import type { PartitionProgress } from '../relay/progress.js';
import { lagOf } from './lag.js';

/** Registers what is counted of a log and of its service's consumers. Everything is read when it is scraped. */
export function exposeMetrics(registry: Registry, eventLog: EventLog, consumers: readonly LogConsumer[]): void {
  exposeLog(registry, eventLog);
  exposeCounters(registry, consumers);
  exposePartitions(registry, consumers);
}

function exposeLog(registry: Registry, eventLog: EventLog): void {
  const { topic } = eventLog;
  const add = { registers: [registry], labelNames: ['topic'] as const };
  const counter = (name: string, help: string, read: () => number): Counter<'topic'> =>
    new Counter({
      ...{ name, help, ...add },
      collect() {
        this.reset();
        this.inc({ topic }, read());
      },
    });
  const gauge = (name: string, help: string, read: () => boolean): Gauge<'topic'> =>
    new Gauge({
      ...{ name, help, ...add },
      collect() {
        this.set({ topic }, read() ? 1 : 0);
      },
    });
  counter('ponte_log_appended_total', 'Records appended by this process.', () => eventLog.status().appended);
  counter('ponte_log_relayed_total', 'Records sent by this process, repeats included.', () => {
    return eventLog.status().relay.relayed;
  });
  gauge('ponte_appends_open', '1 while appends are allowed.', () => eventLog.gate.isOpen());
  gauge('ponte_log_relay_active', '1 in the instance that relays.', () => eventLog.status().relay.state === 'relaying');
  exposeProgress(registry, eventLog);
}

const PROGRESS: readonly (readonly [name: string, help: string, read: (one: PartitionProgress) => number])[] = [
  [
    'ponte_log_unrelayed_records',
    'Records appended that are not known to be in the topic.',
    (one) => one.head - one.relayed,
  ],
  ['ponte_log_relayed_position', 'Position of the last record known to be in the topic.', (one) => one.relayed],
];

/** By partition, and the same in every instance, as the database says it. */
function exposeProgress(registry: Registry, eventLog: EventLog): void {
  for (const [name, help, read] of PROGRESS) {
    new Gauge({
      ...{ name, help, registers: [registry], labelNames: ['topic', 'partition'] },
      async collect() {
        this.reset();
        // Without the database there is nothing to tell; the other metrics are still worth the scrape.
        const progress = await eventLog.progress().catch(() => []);
        for (const one of progress) this.set({ topic: eventLog.topic, partition: one.partition }, read(one));
      },
    });
  }
}

const COUNTERS = [
  ['applied', 'ponte_consumer_applied_records_total', 'Records applied.'],
  ['skipped', 'ponte_consumer_repeated_records_total', 'Records that came again and were skipped.'],
  ['passedOver', 'ponte_consumer_unknown_records_total', 'Records of types that this consumer does not know.'],
  ['poisoned', 'ponte_consumer_poison_records_total', 'Records that could not be applied.'],
  ['parked', 'ponte_consumer_parked_records_total', 'Records that wait behind poison.'],
  ['transactions', 'ponte_consumer_transactions_total', 'Committed transactions.'],
] as const;

function exposeCounters(registry: Registry, consumers: readonly LogConsumer[]): void {
  for (const [key, name, help] of COUNTERS) {
    new Counter({
      ...{ name, help, registers: [registry], labelNames: ['consumer', 'topic'] },
      collect() {
        this.reset();
        for (const consumer of consumers) this.inc({ ...consumer.key }, consumer.status().counters[key]);
      },
    });
  }
}

const BY_PARTITION: readonly (readonly [name: string, help: string, read: (one: PartitionStatus) => number])[] = [
  [
    'ponte_consumer_lag_records',
    'Records of the topic not followed yet, at least.',
    (one) => lagOf(one, Date.now()).records,
  ],
  [
    'ponte_consumer_lag_seconds',
    'Age of the last record followed while there are more, or of the one that a partition stopped at.',
    (one) => lagOf(one, Date.now()).seconds,
  ],
  ['ponte_consumer_stopped', '1 while the partition waits for an operator.', (one) => (one.stop === null ? 0 : 1)],
  ['ponte_dead_letters_unresolved', 'Dead letters that nobody retried or dismissed yet.', (one) => one.parked],
];

function exposePartitions(registry: Registry, consumers: readonly LogConsumer[]): void {
  for (const [name, help, read] of BY_PARTITION) {
    new Gauge({
      ...{ name, help, registers: [registry], labelNames: ['consumer', 'topic', 'partition'] },
      collect() {
        // A partition that went to another instance is told by that one.
        this.reset();
        for (const consumer of consumers) {
          for (const one of consumer.status().partitions) {
            this.set({ ...consumer.key, partition: one.partition }, read(one));
          }
        }
      },
    });
  }
}
