import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from '@ponte/kafka';
import type { Receiver } from '@ponte/testing';
import { audit, type Audit, type DeliveryIdOf } from './audit.js';
import type { Facts, OutboundFact } from './facts.js';
import { readTopic } from './read-topic.js';

export interface SettleOptions {
  readonly kafka: Kafka;
  readonly receiver: Receiver;
  readonly acknowledged: readonly string[];
  readonly outbound: readonly OutboundFact[];
  readonly deliveryIdOf: DeliveryIdOf;
  /** How long nothing may move before what is missing counts as missing. */
  readonly quietMs: number;
  readonly onProgress: (waitingFor: string) => void;
}

/** Waits until nothing is missing, or until nothing has moved for a while, and audits. */
export async function settleAndAudit(options: SettleOptions): Promise<{ result: Audit; settledAtMs: number }> {
  let moved = '';
  let movedAtMs = Date.now();
  for (;;) {
    const result = audit(await collect(options), options.deliveryIdOf);
    const { lost, delivery_missing: missing } = result.counts;
    if (lost === 0 && missing === 0) return { result, settledAtMs: movedAtMs };
    const state = `${String(result.events)}/${String(options.receiver.total)}`;
    if (state !== moved) {
      moved = state;
      movedAtMs = Date.now();
    }
    if (Date.now() - movedAtMs > options.quietMs) return { result, settledAtMs: movedAtMs };
    options.onProgress(`${String(lost)} outcomes and ${String(missing)} calls to come`);
    await sleep(1000);
  }
}

async function collect(options: SettleOptions): Promise<Facts> {
  const calls = options.receiver.calls().map((call) => ({
    webhookId: call.headers['webhook-id'] ?? '',
    arrivedAtMs: call.arrivedAt,
  }));
  return {
    acknowledged: options.acknowledged,
    inbound: await readTopic(options.kafka, 'ponte.inbound.v1'),
    deals: await readTopic(options.kafka, 'ponte.deals.v1'),
    outbound: options.outbound,
    calls,
  };
}
