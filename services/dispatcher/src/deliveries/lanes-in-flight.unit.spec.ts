import { beforeEach, describe, expect, it } from '@jest/globals';
import { claimedDelivery } from './claimed-delivery.spec-support.js';
import { LanesInFlight } from './lanes-in-flight.js';

const lane = claimedDelivery({ integrationId: 'a', dealId: '1' });
const anotherDeal = claimedDelivery({ integrationId: 'a', dealId: '2' });
const anotherIntegration = claimedDelivery({ integrationId: 'b', dealId: '1' });

let lanes: LanesInFlight;
beforeEach(() => {
  lanes = new LanesInFlight();
});

describe('a result', () => {
  it('is awaited once another delivery was inserted behind it in its lane, and not for one in another lane', () => {
    lanes.begin(lane, false);
    expect(lanes.queued([anotherDeal, anotherIntegration])).toBe(false);
    expect(lanes.isAwaited(lane)).toBe(false);
    expect(lanes.queued([anotherDeal, lane])).toBe(true);
    expect(lanes.isAwaited(lane)).toBe(true);
  });

  it('may be awaited from the beginning', () => {
    lanes.begin(lane, true);
    expect(lanes.isAwaited(lane)).toBe(true);
  });

  it('stays awaited when other lanes of its integration end', () => {
    lanes.begin(lane, false);
    lanes.begin(anotherDeal, false);
    lanes.queued([lane, anotherDeal]);
    lanes.end(anotherDeal);
    expect(lanes.isAwaited(lane)).toBe(true);
  });
});

describe('what is remembered of a lane', () => {
  it('is gone when its delivery has ended', () => {
    lanes.begin(lane, true);
    lanes.end(lane);
    expect(lanes.queued([lane])).toBe(false);
    lanes.begin(lane, false);
    expect(lanes.isAwaited(lane)).toBe(false);
  });

  it('stays where another one of the lane was begun meanwhile', () => {
    const next = claimedDelivery({ integrationId: 'a', dealId: '1' });
    lanes.begin(lane, false);
    lanes.begin(next, true);
    expect(lanes.isAwaited(lane)).toBe(false);
    lanes.end(lane);
    expect(lanes.isAwaited(next)).toBe(true);
  });

  it('is nothing while nothing of it is in flight', () => {
    expect(lanes.queued([lane])).toBe(false);
    lanes.begin(lane, false);
    expect(lanes.isAwaited(lane)).toBe(false);
  });
});
