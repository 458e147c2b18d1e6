import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeliveryWorld } from '../deliveries/deliveries.spec-support.js';
import type { Lane } from '../deliveries/lanes.js';
import { fire, type Firing } from './fire.js';
import { triggerEvent } from './trigger-event.spec-support.js';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await DeliveryWorld.open();
});
afterAll(() => world.close());

describe('the deliveries of a paused integration', () => {
  it('are inserted, and nobody is told that they wait: those of an active one beside it are', async () => {
    const active = await world.integration('http://receiver.example/');
    const { workspaceId } = active;
    const paused = await world.integration('http://receiver.example/', workspaceId);
    await world.database.query(`UPDATE outbound_integrations SET status = 'paused', paused_at = now() WHERE id = $1`, [
      paused.id,
    ]);
    const snapshot = triggerEvent({ kind: 'DealCreated' }, { origin: { id: workspaceId, name: 'Compras' } });
    const event = { ...snapshot, workspaceId, time: new Date(Date.now() + 60_000) };
    // There are slots, and the paused one's may not take any.
    const reserved: string[] = [];
    const claimer = world.lease();
    await claimer.start();
    const waiting: Lane[] = [];
    const engine: Firing = {
      claimer: () => claimer.current(),
      reserve: (_, integrationId) => {
        reserved.push(integrationId);
        return false;
      },
      begin: () => undefined,
      abandon: () => undefined,
      queued: (lanes) => waiting.push(...lanes),
    };
    await world.database.transaction((sql) => fire(sql, [event], engine, 'http://ponte.example'));
    expect(waiting.map(({ integrationId, dealId }) => ({ integrationId, dealId }))).toEqual([
      { integrationId: active.id, dealId: event.deal.id },
    ]);
    expect(reserved).toEqual([active.id]);
    const rows = await world.database.query('SELECT integration_id AS id, status, claimed_by FROM deliveries');
    expect(rows).toHaveLength(2);
    expect(rows).toEqual(
      expect.arrayContaining([active, paused].map(({ id }) => ({ id, status: 'pending', claimed_by: null }))),
    );
    await claimer.stop();
  });
});
