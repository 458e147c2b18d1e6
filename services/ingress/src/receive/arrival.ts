import type { DeliveryIdentity } from './delivery-identity.js';

/** What becomes a record of ponte.inbound.v1. Its id is the request's. */
export interface ArrivalRecord {
  /** JSON text of InboundReceivedV1. */
  data: string;
  traceparent: string;
  hops: number;
}

/** The answer that the history shows; also what the sender gets, unless the database says that it is a repetition. */
export interface GivenAnswer {
  status: number;
  code: string;
}

/** A request that is to be written: its bytes, and what it means. */
export interface Arrival {
  id: string;
  workspaceId: string;
  integrationId: string;
  partition: number;
  receivedAt: Date;
  method: string;
  contentType: string | null;
  /** Bytes of the body, also where it was too large to be kept. */
  size: number;
  /** JSON text of HeaderPairs. */
  headers: string;
  /** Raw, without `?`. */
  query: string;
  body: Buffer;
  answer: GivenAnswer;
  content: ArrivalContent;
}

export type ArrivalContent =
  | { kind: 'payload'; delivery: DeliveryIdentity | null; items: number; record: ArrivalRecord }
  /** Listed in the history alone; nothing comes of it. */
  | { kind: 'refused' };

/** What the database made of an arrival. */
export type ArrivalResult =
  /** The predecessor in its partition is null for the first record, and where it is not known. */
  | { kind: 'published'; requestId: string; position: number; predecessorId: string | null }
  /** Durable, and published once the gate opens or its integration is resumed. */
  | { kind: 'held'; requestId: string }
  /** The same bytes under the same delivery id: `requestId` is the first one's, and nothing was written. */
  | { kind: 'duplicate'; requestId: string }
  /** The same delivery id with other bytes: listed, and nothing comes of it. */
  | { kind: 'duplicate_differs'; requestId: string }
  | { kind: 'refused'; requestId: string }
  /** The integration was deleted meanwhile; nothing was written. */
  | { kind: 'unknown_integration'; requestId: string };

/** What an arrival weighs while it waits: its texts and bytes, and some for the objects around them. */
export function weightOf(arrival: Arrival): number {
  const data = arrival.content.kind === 'payload' ? arrival.content.record.data.length : 0;
  return arrival.body.length + arrival.headers.length + arrival.query.length + data + 512;
}
