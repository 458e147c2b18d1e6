import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Logger } from '@ponte/service-kit';

const EVERY_MS = 60 * 60 * 1_000;
const ROWS = 5_000;

/** Walks the block range index on received_at; a few rows at a time, so that no lock is held for long. */
const expire = /* sql */ `
  with expired as (
    delete from inbound_delivery_ids
     where ctid = any (array(select ctid from inbound_delivery_ids
                              where received_at < now() - interval '30 days' limit $1))
    returning 1
  )
  select count(*)::integer as count from expired
`;

/**
 * Forgets delivery ids after their 30 days, once an hour until the signal. Older ones count for nothing already: this
 * only keeps the table small. Several instances may do it at once.
 */
export async function expireDeliveryIds(database: Database, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const forgotten = await expireAll(database, signal);
      if (forgotten > 0) log.info({ forgotten }, 'old delivery ids forgotten');
    } catch (error) {
      log.warn({ error }, 'old delivery ids could not be forgotten');
    }
    await delay(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function expireAll(database: Database, signal: AbortSignal): Promise<number> {
  let forgotten = 0;
  while (!signal.aborted) {
    const [row] = await database.query<{ count: number }>(expire, [ROWS]);
    forgotten += row?.count ?? 0;
    if ((row?.count ?? 0) < ROWS) break;
  }
  return forgotten;
}
