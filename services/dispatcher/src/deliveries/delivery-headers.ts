import { BETWEEN_HEADER, signBetween } from '@ponte/contracts';
import type { ClaimedDelivery, DeliveryId, Method } from './delivery.js';
import { isOwnHook, type OwnHooks } from './own-hooks.js';

export const USER_AGENT = 'Ponte/1.0';

/** The headers that are the same on every try, as the history shows them. */
export function fixedHeaders(id: DeliveryId, method: Method): Record<string, string> {
  return {
    'user-agent': USER_AGENT,
    'webhook-id': id,
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
  };
}

/**
 * The headers of one try.
 *
 * @param traceparent of this call (W3C Trace Context); null where the event has no trace
 */
export function attemptHeaders(
  delivery: ClaimedDelivery,
  url: URL,
  own: OwnHooks,
  traceparent: string | null,
  now: Date,
): Record<string, string> {
  const { method } = delivery.request;
  return {
    ...fixedHeaders(delivery.id, method),
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    ...(traceparent === null ? {} : { traceparent }),
    ...(isOwnHook(url, own.publicUrl) ? { [BETWEEN_HEADER]: between(delivery, url, own, now) } : {}),
  };
}

/** Signed for the public URL, whatever inner address the call is made to. */
function between({ request, hops }: ClaimedDelivery, url: URL, own: OwnHooks, now: Date): string {
  const call = { target: url.pathname + url.search, hops: hops + 1, body: request.body ?? '' };
  return signBetween(call, own.secret, now);
}
