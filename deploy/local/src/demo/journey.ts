import type { InboundKey, OutboundKey } from './story.js';

/** One payload's way through Ponte, as seen from outside: through the APIs and at the receiver. */
export interface Journey {
  /** The inbound integration that took it. */
  to: InboundKey;
  /** What the sender got; null for a call between origins, whose sender is Ponte (see its delivery). */
  answer: { status: number; milliseconds: number; requestId: string | null; duplicate: boolean } | null;
  requestId: string | null;
  outcome: Outcome | null;
  deal: DealSeen | null;
  /** What happened to the deal because of this payload, in order: `DealCreated` … */
  events: readonly string[];
  deliveries: readonly DeliverySeen[];
}

export interface Outcome {
  outcome: string;
  reason: string | null;
  matchedBy: string | null;
  warnings: number;
  dealId: string | null;
}

export interface DealSeen {
  id: string;
  originGroup: string;
  origin: string;
  stage: string;
  status: string;
}

export interface DeliverySeen {
  id: string;
  integration: OutboundKey;
  trigger: string;
  status: string;
  reason: string | null;
  attempts: number;
  /** What the receiver got under this delivery's `webhook-id`; for a call between origins, what was sent. */
  received: { method: string; target: string; fields: Readonly<Record<string, string>>; times: number } | null;
  /** What came of it in the other origin. */
  onward: Journey | null;
}
