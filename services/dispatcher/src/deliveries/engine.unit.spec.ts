import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Database, Sql } from '@ponte/service-kit';
import type { Attempt } from './attempt.js';
import { claimedDelivery } from './claimed-delivery.spec-support.js';
import type { ClaimedDelivery, DeliveryId } from './delivery.js';
import { DeliveryEngine } from './engine.js';
import { InstanceLease } from './instance-lease.js';

/** Grants the lease and records everything; nothing is due in it. */
const query: Sql['query'] = <Row>(text: string) => {
  const answers = /INSERT INTO dispatcher_instances|UPDATE dispatcher_instances|record_results/.test(text);
  return Promise.resolve((answers ? [{ due: [] }] : []) as Row[]);
};

const database: Database = {
  query,
  transaction: (work) => work({ query, send: () => undefined, onEnd: () => undefined }),
  listen: () => Promise.resolve({ close: () => Promise.resolve() }),
  onConnectionLost: () => undefined,
  close: () => Promise.resolve(),
};

let recorded: DeliveryId[];
let answers: Map<DeliveryId, () => void>;
let engine: DeliveryEngine;

beforeEach(async () => {
  jest.useFakeTimers();
  recorded = [];
  answers = new Map();
  engine = new DeliveryEngine({
    database,
    lease: new InstanceLease(database),
    log: { append: () => [], committed: () => undefined },
    call: ({ id }) => new Promise((resolve) => answers.set(id, () => resolve(succeeded()))),
    schedule: [],
    limits: { total: 64, perIntegration: 8 },
    observer: {
      recorded: ({ delivery }) => recorded.push(delivery.id),
      dropped: () => undefined,
      troubled: (_, error) => {
        throw error;
      },
    },
  });
  await engine.start();
});
afterEach(async () => {
  const stopped = engine.stop();
  await jest.advanceTimersByTimeAsync(20_000);
  await stopped;
  jest.useRealTimers();
});

function succeeded(): Attempt {
  const outcome = { kind: 'answered', statusCode: 200, retryAfter: null } as const;
  return { outcome, startedAt: new Date(), durationMs: 1, responseBody: '' };
}

/** Begins to call, as of a delivery that was inserted already claimed. */
function begin(over: Partial<ClaimedDelivery> = {}): ClaimedDelivery {
  const claimedBy = engine.claimer();
  if (claimedBy === null) throw new Error('there is no lease');
  const delivery = claimedDelivery({ claimedBy, ...over });
  expect(engine.reserve(delivery.id, delivery.integrationId)).toBe(true);
  engine.begin(delivery);
  return delivery;
}

async function answer({ id }: ClaimedDelivery): Promise<void> {
  answers.get(id)?.();
  await pass(0);
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('the result of a delivery', () => {
  it('is gathered for 40 ms while nothing waits in its lane, though something does in another of its integration', async () => {
    const one = begin();
    engine.queued([{ integrationId: one.integrationId, dealId: 'another' }]);
    await answer(one);
    await pass(38);
    expect(recorded).toEqual([]);
    await pass(2);
    expect(recorded).toEqual([one.id]);
  });

  it('is recorded within 10 ms when another was inserted behind it, whatever was recorded of its integration meanwhile', async () => {
    const slow = begin();
    const quick = begin({ integrationId: slow.integrationId });
    engine.queued([slow, quick]);
    await answer(quick);
    await pass(10);
    expect(recorded).toEqual([quick.id]);
    await answer(slow);
    await pass(10);
    expect(recorded).toEqual([quick.id, slow.id]);
  });

  it('is recorded within 10 ms from when another is inserted behind it', async () => {
    const one = begin();
    await answer(one);
    await pass(5);
    engine.queued([one]);
    await pass(10);
    expect(recorded).toEqual([one.id]);
  });

  it('makes nobody hurry once it is recorded, neither the next of its lane nor those of others', async () => {
    const first = begin();
    engine.queued([first]);
    await answer(first);
    await pass(10);
    const second = begin({ integrationId: first.integrationId, dealId: first.dealId });
    await answer(second);
    await pass(38);
    expect(recorded).toEqual([first.id]);
    await pass(2);
    expect(recorded).toEqual([first.id, second.id]);
    await answer(begin());
    engine.queued([second]);
    await pass(38);
    expect(recorded).toHaveLength(2);
  });
});
