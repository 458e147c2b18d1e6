import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { deliveryIdOf, type ClaimedDelivery, type InstanceId } from '../deliveries/delivery.js';
import { HandOver } from './hand-over.js';

const claimed = (): ClaimedDelivery => ({
  id: deliveryIdOf(randomUUID(), randomUUID()),
  claimedBy: randomUUID() as InstanceId,
  workspaceId: randomUUID(),
  integrationId: randomUUID(),
  dealId: randomUUID(),
  contactId: randomUUID(),
  eventId: randomUUID(),
  trigger: 'DealCreated',
  attempts: 0,
  hops: 0,
  correlationId: randomUUID(),
  traceparent: null,
  request: { method: 'POST', url: 'https://receiver.example/', body: '{}' },
});

function world() {
  const said: unknown[] = [];
  const handOver = new HandOver({
    begin: ({ id }) => said.push(['begin', id]),
    abandon: ({ id }, uncertain) => said.push(['abandon', id, uncertain]),
    wake: (ids) => said.push(['wake', ...ids]),
  });
  return { handOver, said };
}

describe('what a transaction inserted', () => {
  it('is sent after its commit, once', () => {
    const { handOver, said } = world();
    const one = claimed();
    handOver.add([one], ['other']);
    expect(said).toEqual([]);
    handOver.committed();
    handOver.failed();
    expect(said).toEqual([
      ['begin', one.id],
      ['wake', 'other'],
    ]);
  });

  it('is never sent when the transaction failed, also if a later one commits', () => {
    const { handOver, said } = world();
    const one = claimed();
    handOver.add([one], ['other']);
    handOver.failed();
    handOver.committed();
    expect(said).toEqual([['abandon', one.id, true], ['wake']]);
  });
});
