import { Counter, Gauge, type Registry } from '@ponte/service-kit';
import type { LogConsumer } from '../consume/log-consumer.js';
import type { EventLog } from '../event-log.js';

/** Registers what is counted of a log and of its service's consumers. Everything is read when it is scraped. */
export function exposeMetrics(registry: Registry, eventLog: EventLog, consumers: readonly LogConsumer[]): void {
  exposeLog(registry, eventLog);
  exposeCounters(registry, consumers);
  exposeLags(registry, consumers);
}

function exposeLog(registry: Registry, eventLog: EventLog): void {
  const registers = [registry];
  const { topic } = eventLog;
  const counter = (name: string, help: string, read: () => number) => {
    new Counter({
      ...{ name, help, registers, labelNames: ['topic'] },
      collect() {
        this.reset();
        this.inc({ topic }, read());
      },
    });
  };
  counter('ponte_log_appended_records_total', 'Records appended by this process.', () => eventLog.status().appended);
  counter('ponte_log_relayed_records_total', 'Records sent by this process, repeats included.', () => {
    return eventLog.status().relay.relayed;
  });
  new Gauge({
    name: 'ponte_log_gate_open',
    help: '1 while appends are allowed.',
    ...{ registers, labelNames: ['topic'] },
    collect() {
      this.set({ topic }, eventLog.gate.isOpen() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'ponte_log_relay_active',
    help: '1 in the instance that relays.',
    ...{ registers, labelNames: ['topic'] },
    collect() {
      this.set({ topic }, eventLog.status().relay.state === 'relaying' ? 1 : 0);
    },
  });
  new Gauge({
    name: 'ponte_log_unrelayed_records',
    help: 'Log head minus relayed, by partition.',
    ...{ registers, labelNames: ['topic', 'partition'] },
    async collect() {
      this.reset();
      // Without the database there is nothing to tell; the other metrics are still worth the scrape.
      const progress = await eventLog.progress().catch(() => []);
      for (const { partition, head, relayed } of progress) this.set({ topic, partition }, head - relayed);
    },
  });
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

const LAGS = [
  ['lagRecords', 'ponte_consumer_lag_records', 'Records of the topic not followed yet.'],
  ['lagSeconds', 'ponte_consumer_lag_seconds', 'Age of the last record followed, while there are more.'],
  ['parked', 'ponte_consumer_dead_letters_records', 'Unresolved dead letters.'],
] as const;

function exposeLags(registry: Registry, consumers: readonly LogConsumer[]): void {
  for (const [key, name, help] of LAGS) {
    new Gauge({
      ...{ name, help, registers: [registry], labelNames: ['consumer', 'topic', 'partition'] },
      collect() {
        // A partition that went to another instance is told by that one.
        this.reset();
        for (const consumer of consumers) {
          for (const one of consumer.status().partitions) {
            this.set({ ...consumer.key, partition: one.partition }, one[key]);
          }
        }
      },
    });
  }
  new Gauge({
    name: 'ponte_consumer_stopped_partitions',
    help: 'Partitions of this instance that wait for an operator, by the kind of stop.',
    ...{ registers: [registry], labelNames: ['consumer', 'topic', 'status'] },
    collect() {
      this.reset();
      for (const consumer of consumers) {
        for (const status of ['gap', 'forked', 'unknown_version', 'poisoned'] as const) {
          const stopped = consumer.status().partitions.filter((one) => one.status === status);
          this.set({ ...consumer.key, status }, stopped.length);
        }
      }
    },
  });
}
