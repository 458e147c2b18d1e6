import { describe, expect, it } from '@jest/globals';
import type { TransactionEnd } from '@ponte/service-kit';
import { claimedDelivery } from '../deliveries/claimed-delivery.spec-support.js';
import type { DeliveryId } from '../deliveries/delivery.js';
import type { NewDelivery } from '../deliveries/insert-deliveries.js';
import { handOver } from './hand-over.js';

const one: NewDelivery = { ...claimedDelivery(), happenedAt: new Date(), laneSeq: 1, failure: null, claim: true };
const claimer = claimedDelivery().claimedBy;

/** What the engine hears of a transaction that inserted a delivery, claimed or waiting, and ends like that. */
function toldOf(end: TransactionEnd | 'still open', inserted: ReadonlyMap<DeliveryId, boolean> | null): unknown[] {
  const said: unknown[] = [];
  const listeners: ((end: TransactionEnd) => void)[] = [];
  const sql = {
    query: () => Promise.resolve([]),
    send: () => undefined,
    onEnd: (listener: (end: TransactionEnd) => void) => listeners.push(listener),
  };
  handOver(
    sql,
    { deliveries: [one], claimer, active: new Set([one.integrationId]), inserted: () => inserted },
    {
      begin: ({ id, claimedBy }) => said.push(['begin', id, claimedBy]),
      abandon: ({ id }, uncertain) => said.push(['abandon', id, uncertain]),
      queued: (lanes) => said.push(['queued', ...lanes.map(({ dealId }) => dealId)]),
    },
  );
  if (end !== 'still open') for (const listener of listeners) listener(end);
  return said;
}

const claimed = new Map([[one.id, true]]);

describe('what a transaction inserted', () => {
  it('is not sent before its end', () => {
    expect(toldOf('still open', claimed)).toEqual([]);
  });

  it('is sent after its commit where it is claimed', () => {
    expect(toldOf('committed', claimed)).toEqual([['begin', one.id, claimer], ['queued']]);
  });

  it('is told to wait where its turn has not come, and its slot is given back', () => {
    expect(toldOf('committed', new Map([[one.id, false]]))).toEqual([
      ['abandon', one.id, false],
      ['queued', one.dealId],
    ]);
  });

  it('is left alone where it was there already', () => {
    expect(toldOf('committed', new Map())).toEqual([['abandon', one.id, false], ['queued']]);
  });

  it('is given back when the transaction failed, and looked after when that or its claim is not known', () => {
    expect(toldOf('rolled_back', claimed)).toEqual([['abandon', one.id, false]]);
    expect(toldOf('unknown', claimed)).toEqual([['abandon', one.id, true]]);
    expect(toldOf('unknown', null)).toEqual([['abandon', one.id, true]]);
    expect(toldOf('committed', null)).toEqual([['abandon', one.id, true]]);
  });
});
