import type { Mapping } from '../mapping/mapping.js';
import type { DeliveryIdRule } from './delivery-id.js';
import { readPart, type RequestPart, type RequestView } from './request-part.js';

/** A tool that Ponte knows: what its payloads become, and how its deliveries are told apart and trusted. */
export interface Preset {
  key: string;
  /** The tool's name, as users see it. */
  label: string;
  mapping: Mapping;
  deliveryId: DeliveryIdRule;
  authenticity: Authenticity;
  /** Requests that create nothing: what a tool sends to try the URL. A request is a ping if all of one list hold. */
  pings: readonly (readonly Condition[])[];
  /**
   * Events that tell more about a deal and never begin one, such as Hotmart's PURCHASE_COMPLETE, which comes days after
   * the sale that it completes. They may update a deal but not create one. All conditions of one list hold.
   */
  neverCreates: readonly (readonly Condition[])[];
}

/** How a delivery proves that it comes from the tool. The secret is the integration's. */
export type Authenticity =
  | { kind: 'none' }
  /** The secret itself stands in any of these parts. */
  | { kind: 'token'; in: readonly RequestPart[] }
  | {
      kind: 'hmac';
      algorithm: 'sha1' | 'sha256';
      encoding: 'hex' | 'base64';
      /** What is signed: the raw body, or a time stamp, a dot and the raw body. */
      signed: 'raw' | 't.raw';
      /** Where the signature stands. */
      signature: RequestPart;
      /** How it stands there: alone, after `sha256=`, or as `t=<seconds>,v1=<signature>`. */
      format: 'plain' | 'prefixed' | 'timestamped';
      /** How old the time stamp may be; null where there is none. */
      toleranceSeconds: number | null;
    };

/** What a request must have, or lack. */
export type Condition =
  | { kind: 'equals'; part: RequestPart; values: readonly string[] }
  | { kind: 'present'; part: RequestPart }
  | { kind: 'absent'; part: RequestPart };

/** What a request is to its integration. */
export type DeliveryKind = { kind: 'ping' } | { kind: 'event'; mayCreate: boolean };

/** Whether a request is a ping, an event that may create a deal, or one that may only update one. */
export function classifyDelivery(preset: Preset, request: RequestView): DeliveryKind {
  if (anyHolds(preset.pings, request)) return { kind: 'ping' };
  return { kind: 'event', mayCreate: !anyHolds(preset.neverCreates, request) };
}

function anyHolds(alternatives: readonly (readonly Condition[])[], request: RequestView): boolean {
  return alternatives.some((conditions) => conditions.every((condition) => holds(condition, request)));
}

function holds(condition: Condition, request: RequestView): boolean {
  const value = readPart(condition.part, request);
  switch (condition.kind) {
    case 'equals':
      return value !== null && condition.values.includes(value);
    case 'present':
      return value !== null;
    case 'absent':
      return value === null;
  }
}
