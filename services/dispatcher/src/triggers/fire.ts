import type { Sql } from '@ponte/service-kit';
import type { ClaimedDelivery, InstanceId } from '../deliveries/delivery.js';
import type { DeliveryEngine } from '../deliveries/engine.js';
import { insertDeliveries, type NewDelivery } from '../deliveries/insert-deliveries.js';
import type { Lane } from '../deliveries/lanes.js';
import { buildDelivery } from './build-delivery.js';
import { findFiringIntegrations } from './firing-integrations.js';
import { matches } from './matches.js';
import type { TriggerEvent } from './trigger-event.js';

/** What firing uses of the engine: slots for deliveries that are inserted already claimed. */
export type Slots = Pick<DeliveryEngine, 'claimer' | 'reserve' | 'abandon'>;

/** What was inserted. */
export interface Fired {
  /** Inserted claimed: to be sent after the commit. */
  readonly claimed: readonly ClaimedDelivery[];
  /** Lanes of those that wait to be claimed. A paused integration's wait until it is resumed, which asks for them. */
  readonly waiting: readonly Lane[];
  /** Ended before their first attempt. */
  readonly failed: readonly NewDelivery[];
}

/**
 * Makes the deliveries of some events: integrations looked up in one query, deliveries inserted in another. No call is
 * made here.
 */
export async function fire(
  sql: Sql,
  events: readonly TriggerEvent[],
  engine: Slots,
  publicUrl: string,
): Promise<Fired> {
  const nothing: Fired = { claimed: [], waiting: [], failed: [] };
  if (events.length === 0) return nothing;
  const integrations = await findFiringIntegrations(sql, events);
  const built = events.flatMap((event) =>
    integrations
      .filter((integration) => matches(integration, event))
      .map((integration) => ({ integration, delivery: buildDelivery(integration, event, publicUrl) })),
  );
  const claimer = engine.claimer();
  // Of each lane only the first can have its turn now.
  const lanes = new Set<string>();
  const deliveries = built.map(({ integration, delivery }): NewDelivery => {
    if (delivery.failure !== null) return { ...delivery, claim: false };
    const lane = `${delivery.integrationId} ${delivery.dealId}`;
    const mayClaim = claimer !== null && integration.status === 'active' && !lanes.has(lane);
    lanes.add(lane);
    return { ...delivery, claim: mayClaim && engine.reserve(delivery.id, integration.id) };
  });
  const active = new Set(integrations.filter(({ status }) => status === 'active').map(({ id }) => id));
  return insert(sql, deliveries, active, engine, claimer);
}

async function insert(
  sql: Sql,
  deliveries: readonly NewDelivery[],
  active: ReadonlySet<string>,
  engine: Slots,
  claimer: InstanceId | null,
): Promise<Fired> {
  let inserted: ReadonlyMap<string, boolean>;
  try {
    const rows = await insertDeliveries(sql, deliveries, claimer);
    inserted = new Map(rows.map((row) => [row.id, row.claimed]));
  } catch (error) {
    // Not committed, so nothing of it is claimed.
    for (const one of deliveries) if (one.claim) engine.abandon(one, false);
    throw error;
  }
  const claimed: ClaimedDelivery[] = [];
  const waiting: Lane[] = [];
  for (const one of deliveries) {
    if (claimer !== null && inserted.get(one.id) === true) claimed.push({ ...one, claimedBy: claimer, attempts: 0 });
    else {
      if (one.claim) engine.abandon(one, false);
      const isPending = inserted.has(one.id) && one.failure === null;
      if (isPending && active.has(one.integrationId)) waiting.push(one);
    }
  }
  const failed = deliveries.filter((one) => one.failure !== null && inserted.has(one.id));
  return { claimed, waiting, failed };
}
