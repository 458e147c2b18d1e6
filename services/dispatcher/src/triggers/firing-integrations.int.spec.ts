import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeliveryWorld } from '../deliveries/deliveries.spec-support.js';
import { findFiringIntegrations } from './firing-integrations.js';
import { matches, type TriggerFilter } from './matches.js';
import type { TriggerEvent } from './trigger-event.js';
import { triggerEvent } from './trigger-event.spec-support.js';

const tags = Array.from({ length: 300 }, () => randomUUID());

let world: DeliveryWorld;
let workspaceId: string;

beforeAll(async () => {
  world = await DeliveryWorld.open();
  ({ workspaceId } = await world.integration('http://receiver.example/'));
  await world.database.query('DELETE FROM outbound_integrations');
});
afterAll(() => world.close());

function eventWithTags(...tagIds: readonly string[]): TriggerEvent {
  const event = triggerEvent(
    { kind: 'DealCreated' },
    { origin: { id: workspaceId, name: 'Compras' }, tags: tagIds.map((id) => ({ id, name: 'Tag' })) },
  );
  return { ...event, workspaceId, time: new Date(Date.now() + 60_000) };
}

async function integrationWith(filter: TriggerFilter): Promise<string> {
  const { id } = await world.integration('http://receiver.example/', workspaceId);
  await world.database.query('UPDATE outbound_integrations SET filter = $2 WHERE id = $1', [
    id,
    JSON.stringify(filter),
  ]);
  return id;
}

describe('of a thousand integrations of an origin, each for a tag of its own', () => {
  it('those whose filter no event passes are neither fetched nor locked', async () => {
    const made = await Promise.all(tags.map((tag) => integrationWith({ tagIds: [tag] })));
    const events = [eventWithTags(tags[7] ?? ''), eventWithTags(tags[9] ?? ''), eventWithTags()];
    await world.database.transaction(async (sql) => {
      const found = await findFiringIntegrations(sql, events);
      expect(found.map(({ id }) => id).sort()).toEqual([made[7], made[9]].sort());
      const free = await world.database.query('SELECT id FROM outbound_integrations FOR UPDATE SKIP LOCKED');
      expect(free).toHaveLength(made.length - found.length);
    });
  });

  it('every one is found that an event matches, whatever its filter names', async () => {
    const event = eventWithTags(tags[0] ?? '', tags[1] ?? '');
    const { stage, status } = event.deal;
    const other = randomUUID();
    const filters: TriggerFilter[] = [
      {},
      { stageIds: [other, stage.id] },
      { stageIds: [other] },
      { statuses: [status] },
      { statuses: ['LOST'] },
      { tagIds: [tags[1] ?? '', other] },
      { tagIds: [] },
      { stageIds: [stage.id], statuses: [status], tagIds: [tags[0] ?? ''] },
      { stageIds: [other], tagIds: [tags[0] ?? ''] },
      // Of a move alone: other events are not asked about it.
      { fromStageIds: [other], toStageIds: [other] },
    ];
    await world.database.query('DELETE FROM outbound_integrations');
    for (const filter of filters) await integrationWith(filter);
    const found = await world.database.transaction((sql) => findFiringIntegrations(sql, [event]));
    expect(found.every((integration) => matches(integration, event))).toBe(true);
    expect(found).toHaveLength(6);
  });
});
