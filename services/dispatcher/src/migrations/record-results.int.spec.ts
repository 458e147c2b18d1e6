import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimDue } from '../deliveries/claims.js';
import { DeliveryWorld } from '../deliveries/deliveries.spec-support.js';
import { recordResults } from '../deliveries/results.js';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await DeliveryWorld.open();
});
afterAll(() => world.close());

const asBefore =
  'SELECT ours, due FROM record_delivery_results($1, ' + Array.from({ length: 11 }, () => `'{}'`).join(', ') + ')';

describe('while a release is rolled out', () => {
  it('dispatchers of the one before go on recording in their way, beside those of this one', async () => {
    const integration = await world.integration('http://receiver.example/');
    const deal = randomUUID();
    const [first, second] = [world.delivery(integration, deal), world.delivery(integration, deal)];
    await world.insert([first, second]);
    const lease = world.lease();
    await lease.start();
    const claimer = lease.current();
    if (claimer === null) throw new Error('there is no lease');
    const claim = () => claimDue(world.database, claimer, [{ integrationId: integration.id, count: 2 }]);

    await claim();
    const result = { id: first.id, claimed_by: claimer, number: 1, started_at: new Date(), duration_ms: 1 };
    const results = JSON.stringify([{ ...result, status: 'succeeded', delay_ms: 0 }]);
    expect(await world.database.query(asBefore, [results])).toEqual([{ ours: [first.id], due: [integration.id] }]);
    await expect(world.database.query(asBefore, [results])).rejects.toMatchObject({ code: 'DL001' });

    const outcome = { kind: 'answered', statusCode: 200, retryAfter: null } as const;
    const attempt = { outcome, startedAt: new Date(), durationMs: 1, responseBody: '' };
    const tried = (await claim()).map((delivery) => ({ delivery, attempt, next: { kind: 'succeeded' } as const }));
    const { recorded } = await recordResults(world.database, world.outcomeLog(), tried, new Date());
    expect(recorded).toEqual(new Set([second.id]));
    await world.settled();
    await lease.stop();
  });
});
