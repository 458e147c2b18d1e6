import { Counter, Gauge, Histogram, type Registry } from '@ponte/service-kit';
import type { AnswerKind } from './receiver.js';

/** What receiving tells of itself. */
export class ReceiveMetrics {
  private readonly requests: Counter<'answer'>;
  private readonly batchItems: Histogram;
  private readonly flushSeconds: Histogram<'outcome'>;
  private readonly drained: Counter;
  private readonly setAside: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'ponte_inbound_requests_total',
      help: 'Requests to hooks by what became of them; published and held are accepted.',
      labelNames: ['answer'],
      registers,
    });
    this.batchItems = new Histogram({
      name: 'ponte_inbound_batch_items',
      help: 'Requests that became durable together.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    });
    this.flushSeconds = new Histogram({
      name: 'ponte_inbound_flush_seconds',
      help: 'Time to make a batch durable, its retries included.',
      labelNames: ['outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
    this.drained = new Counter({
      name: 'ponte_inbound_drained_total',
      help: 'Held requests that were published.',
      registers,
    });
    this.setAside = new Counter({
      name: 'ponte_inbound_set_aside_total',
      help: 'Held requests that could not be published and ended as failed.',
      registers,
    });
  }

  answered(answer: AnswerKind): void {
    this.requests.inc({ answer });
  }

  flushed(facts: { items: number; durationMs: number; succeeded: boolean }): void {
    this.batchItems.observe(facts.items);
    this.flushSeconds.observe({ outcome: facts.succeeded ? 'durable' : 'failed' }, facts.durationMs / 1_000);
  }

  publishedHeld(count: number): void {
    this.drained.inc(count);
  }

  setHeldAside(): void {
    this.setAside.inc();
  }

  /** @param read counts, asked for at each scrape */
  static exposeWaiting(registry: Registry, read: () => { items: number; bytes: number }): void {
    new Gauge({
      name: 'ponte_inbound_waiting_items',
      help: 'Requests that wait to become durable.',
      registers: [registry],
      collect() {
        this.set(read().items);
      },
    });
  }
}
