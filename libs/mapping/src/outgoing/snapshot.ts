import type { DealStatus, UtmField } from '../mapping/mapped.js';

/** A deal and its contact as they were at an event, with labels: what an outgoing call is built from. */
export interface Snapshot {
  deal: {
    id: string;
    title: string | null;
    originGroup: string;
    origin: string;
    stage: string;
    status: DealStatus;
    lostReason: string | null;
    /** The owner's e-mail. */
    owner: string | null;
    tags: readonly string[];
    customFields: Readonly<Record<string, string>>;
    /** Major unit, e.g. `297.00`. */
    value: string | null;
    currency: string | null;
    product: string | null;
    externalId: string | null;
    /** ISO 8601, UTC. */
    createdAt: string;
    /** Null where the event moved nothing. */
    previousStage: string | null;
    previousStatus: DealStatus | null;
  };
  contact: {
    id: string;
    name: string | null;
    /** The primary one. */
    email: string | null;
    /** The primary one; in E.164 where it has such a form, else as it came. */
    phone: string | null;
    tags: readonly string[];
    utm: Readonly<Partial<Record<UtmField, string>>>;
    customFields: Readonly<Record<string, string>>;
  };
}
