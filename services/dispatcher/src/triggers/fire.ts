import type { Transaction } from '@ponte/service-kit';
import type { DeliveryId, InstanceId } from '../deliveries/delivery.js';
import type { DeliveryEngine } from '../deliveries/engine.js';
import {
  insertDeliveries,
  sendDeliveries,
  type InsertedDelivery,
  type NewDelivery,
} from '../deliveries/insert-deliveries.js';
import { buildDelivery, type FiringIntegration } from './build-delivery.js';
import { findFiringIntegrations } from './firing-integrations.js';
import { handOver, type Receiving } from './hand-over.js';
import { matches } from './matches.js';
import type { TriggerEvent } from './trigger-event.js';

/** What firing uses of the engine: slots for deliveries that are inserted already claimed, and who takes them over. */
export type Firing = Pick<DeliveryEngine, 'claimer' | 'reserve'> & Receiving;

/**
 * Makes the deliveries of some events: integrations looked up in one query, deliveries inserted in another, which goes
 * out with COMMIT unless some end before their first attempt. No call is made here: the engine takes over after the
 * commit.
 *
 * @returns those that were inserted and end before their first attempt
 */
export async function fire(
  sql: Transaction,
  events: readonly TriggerEvent[],
  engine: Firing,
  publicUrl: string,
): Promise<readonly NewDelivery[]> {
  if (events.length === 0) return [];
  const integrations = await findFiringIntegrations(sql, events);
  const claimer = engine.claimer();
  const deliveries = makeDeliveries(events, integrations, engine, claimer, publicUrl);
  const active = new Set(integrations.filter(({ status }) => status === 'active').map(({ id }) => id));
  let inserted: ReadonlyMap<DeliveryId, boolean> | null = null;
  handOver(sql, { deliveries, claimer, active, inserted: () => inserted }, engine);
  const read = (rows: readonly InsertedDelivery[]): void => {
    inserted = new Map(rows.map(({ id, claimed }) => [id, claimed]));
  };
  if (deliveries.every(({ failure }) => failure === null)) {
    sendDeliveries(sql, deliveries, claimer, read);
    return [];
  }
  const rows = await insertDeliveries(sql, deliveries, claimer);
  read(rows);
  const ids = new Set(rows.map(({ id }) => id));
  return deliveries.filter(({ id, failure }) => failure !== null && ids.has(id));
}

/** Each delivery that is to be claimed has a slot from here on. */
function makeDeliveries(
  events: readonly TriggerEvent[],
  integrations: readonly FiringIntegration[],
  engine: Pick<Firing, 'reserve'>,
  claimer: InstanceId | null,
  publicUrl: string,
): NewDelivery[] {
  const built = events.flatMap((event) =>
    integrations
      .filter((integration) => matches(integration, event))
      .map((integration) => ({ integration, delivery: buildDelivery(integration, event, publicUrl) })),
  );
  // Of each lane only the first can have its turn now.
  const lanes = new Set<string>();
  return built.map(({ integration, delivery }) => {
    if (delivery.failure !== null) return { ...delivery, claim: false };
    const lane = `${delivery.integrationId} ${delivery.dealId}`;
    const mayClaim = claimer !== null && integration.status === 'active' && !lanes.has(lane);
    lanes.add(lane);
    return { ...delivery, claim: mayClaim && engine.reserve(delivery.id, integration.id) };
  });
}
