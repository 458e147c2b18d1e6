import { readPart, type RequestPart, type RequestView } from './request-part.js';

/**
 * How a tool names one event: alternatives tried in order, each a list of parts that must all be there. Where a tool
 * has only an object's id, the parts are its id, the event and the status.
 */
export type DeliveryIdRule = readonly (readonly RequestPart[])[];

/** What senders that know nothing of any preset may name their deliveries with. https://www.standardwebhooks.com */
export const STANDARD_DELIVERY_IDS: DeliveryIdRule = [['header:idempotency-key'], ['header:webhook-id']];

/**
 * The id under which a delivery is applied once, or null where the request names none. Several parts are joined by `:`,
 * with `:` and `\` in them escaped, so that different parts never give the same id.
 *
 * @param rule of the preset; the standard headers are tried after it
 */
export function deliveryId(rule: DeliveryIdRule, request: RequestView): string | null {
  return firstId(rule, request) ?? firstId(STANDARD_DELIVERY_IDS, request);
}

function firstId(rule: DeliveryIdRule, request: RequestView): string | null {
  for (const parts of rule) {
    const values = parts.map((part) => readPart(part, request)).filter((value) => value !== null);
    if (parts.length === 0 || values.length < parts.length) continue;
    const [only] = values;
    return values.length === 1 && only !== undefined ? only : values.map(escaped).join(':');
  }
  return null;
}

function escaped(value: string): string {
  return value.replace(/[\\:]/g, String.raw`\$&`);
}
