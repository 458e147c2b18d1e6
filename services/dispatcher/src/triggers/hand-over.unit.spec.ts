import { describe, expect, it } from '@jest/globals';
import type { TransactionEnd } from '@ponte/service-kit';
import { claimedDelivery } from '../deliveries/claimed-delivery.spec-support.js';
import type { ClaimedDelivery } from '../deliveries/delivery.js';
import { handOver } from './hand-over.js';

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
  const one = claimedDelivery();

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
