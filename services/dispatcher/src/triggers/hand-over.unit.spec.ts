import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { TransactionEnd } from '@ponte/service-kit';
import { deliveryIdOf, type ClaimedDelivery, type InstanceId } from '../deliveries/delivery.js';
import { handOver } from './hand-over.js';

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

/** What the engine hears of a transaction that inserted `one` and ends like that. */
function toldOf(one: ClaimedDelivery, end: TransactionEnd | 'still open'): unknown[] {
  const said: unknown[] = [];
  const listeners: ((end: TransactionEnd) => void)[] = [];
  const sql = {
    query: () => Promise.resolve([]),
    send: () => undefined,
    onEnd: (listener: (end: TransactionEnd) => void) => listeners.push(listener),
  };
  handOver(
    sql,
    { claimed: [one], waiting: [{ integrationId: 'other', dealId: 'deal' }] },
    {
      begin: ({ id }) => said.push(['begin', id]),
      abandon: ({ id }, uncertain) => said.push(['abandon', id, uncertain]),
      queued: (lanes) => said.push(['queued', ...lanes]),
    },
  );
  if (end !== 'still open') for (const listener of listeners) listener(end);
  return said;
}

describe('what a transaction inserted', () => {
  const one = claimed();

  it('is not sent before its end', () => {
    expect(toldOf(one, 'still open')).toEqual([]);
  });

  it('is sent after its commit', () => {
    expect(toldOf(one, 'committed')).toEqual([
      ['begin', one.id],
      ['queued', { integrationId: 'other', dealId: 'deal' }],
    ]);
  });

  it('is given back when the transaction failed, and looked after when that is not known', () => {
    expect(toldOf(one, 'rolled_back')).toEqual([['abandon', one.id, false]]);
    expect(toldOf(one, 'unknown')).toEqual([['abandon', one.id, true]]);
  });
});
