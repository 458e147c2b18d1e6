import type { CustomFields, DealStatus, Phone, Utm } from '@ponte/contracts';
import type { Contact } from '../contacts/contact.js';
import type { Deal } from '../deals/deal.js';
import { contactId, dealId } from '../ids.js';

/** A row of `contacts`, as Postgres gives it. */
export interface ContactRow {
  readonly workspace_id: string;
  readonly id: string;
  readonly name: string | null;
  readonly emails: string[];
  readonly phones: Phone[];
  readonly utm: Utm;
  readonly custom_fields: CustomFields;
  readonly tag_ids: string[];
  readonly created_at: Date;
  readonly updated_at: Date;
}

export const contactColumns =
  'c.workspace_id, c.id, c.name, c.emails, c.phones, c.utm, c.custom_fields, c.tag_ids::text[], c.created_at, c.updated_at';

export function contactOfRow(row: ContactRow): Contact {
  return {
    id: contactId(row.id),
    name: row.name,
    emails: row.emails,
    phones: row.phones,
    utm: row.utm,
    customFields: row.custom_fields,
    tagIds: row.tag_ids,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** A row of `deals`, as Postgres gives it. */
export interface DealRow {
  readonly workspace_id: string;
  readonly id: string;
  readonly contact_id: string;
  readonly origin_id: string;
  readonly stage_id: string;
  readonly status: DealStatus;
  readonly lost_reason: string | null;
  readonly owner_id: string | null;
  readonly title: string | null;
  readonly value: string | null;
  readonly currency: string | null;
  readonly product: string | null;
  readonly external_id: string | null;
  readonly custom_fields: CustomFields;
  readonly tag_ids: string[];
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly created_position: number;
}

export const dealColumns =
  'd.workspace_id, d.id, d.contact_id, d.origin_id, d.stage_id, d.status, d.lost_reason, d.owner_id, d.title, ' +
  'd.value::text, d.currency, d.product, d.external_id, d.custom_fields, d.tag_ids::text[], d.created_at, d.updated_at, ' +
  'd.created_position';

function dealOfRow(row: DealRow): Deal {
  return {
    id: dealId(row.id),
    contactId: contactId(row.contact_id),
    originId: row.origin_id,
    stageId: row.stage_id,
    status: row.status,
    lostReason: row.lost_reason,
    ownerId: row.owner_id,
    title: row.title,
    value: row.value,
    currency: row.currency,
    product: row.product,
    externalId: row.external_id,
    customFields: row.custom_fields,
    tagIds: row.tag_ids,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** A deal with the position of its `DealCreated` in the log. */
export interface LoadedDeal {
  readonly deal: Deal;
  readonly createdPosition: number;
}

export function loadedDealOfRow(row: DealRow): LoadedDeal {
  return { deal: dealOfRow(row), createdPosition: row.created_position };
}
