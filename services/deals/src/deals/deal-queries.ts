import { Inject, Injectable } from '@nestjs/common';
import type { CustomFields, DealSnapshot, Label, Owner } from '@ponte/contracts';
import { DATABASE, decodeCursor, notFound, pageOf, type Database, type Page } from '@ponte/service-kit';
import type { WorkspaceId } from '../ids.js';
import { dealSnapshot, type Deal } from './deal.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { dealsListed } from './deals-listed.sql.js';
import { DealsQuery } from './dtos.js';

/** A deal as the API shows it, with the labels of now. */
export type DealResource = DealSnapshot & { readonly updatedAt: string };

export function dealResource(deal: Deal, catalogue: Catalogue): DealResource {
  return { ...dealSnapshot(deal, catalogue), updatedAt: deal.updatedAt };
}

/** One event of a deal's history. */
export interface DealEventResource {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly partition: number;
  readonly position: number;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly data: unknown;
}

interface DealListRow {
  readonly id: string;
  readonly contact_id: string;
  readonly origin_group: Label;
  readonly origin: Label;
  readonly stage: Label;
  readonly status: DealSnapshot['status'];
  readonly lost_reason: string | null;
  readonly owner: Owner | null;
  readonly title: string | null;
  readonly value: string | null;
  readonly currency: string | null;
  readonly product: string | null;
  readonly external_id: string | null;
  readonly tags: Label[];
  readonly custom_fields: CustomFields;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly created_position: number;
}

/** Labels come from the catalogue's primary keys, one look-up a deal of the page. */
const selectDeal = `
  SELECT d.id, d.contact_id, d.status, d.lost_reason, d.title, d.value::text, d.currency, d.product, d.external_id,
         d.custom_fields, d.created_at, d.updated_at, d.created_position,
         json_build_object('id', g.id, 'name', g.name) AS origin_group,
         json_build_object('id', o.id, 'name', o.name) AS origin,
         json_build_object('id', s.id, 'name', s.name) AS stage,
         CASE WHEN n.id IS NOT NULL THEN json_build_object('id', n.id, 'name', n.name, 'email', n.email) END AS owner,
         (SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name)
                                   ORDER BY array_position(d.tag_ids, t.id)), '[]')
            FROM tags t WHERE t.workspace_id = d.workspace_id AND t.id = ANY (d.tag_ids)) AS tags
    FROM deals d
    JOIN origins o ON o.workspace_id = d.workspace_id AND o.id = d.origin_id
    JOIN origin_groups g ON g.workspace_id = d.workspace_id AND g.id = o.group_id
    JOIN stages s ON s.workspace_id = d.workspace_id AND s.id = d.stage_id
    LEFT JOIN owners n ON n.workspace_id = d.workspace_id AND n.id = d.owner_id`;

/** By `event_log_by_deal`, whose condition must stand here as it stands there. */
const selectEvents = `
  SELECT record_id, type, time, partition, position, correlation_id, causation_id, data
    FROM event_log
   WHERE workspace_id = $1 AND subject = $2 AND subject LIKE 'deal/%' AND position > $3
   ORDER BY position
   LIMIT $4`;

interface EventRow {
  readonly record_id: string;
  readonly type: string;
  readonly time: Date;
  readonly partition: number;
  readonly position: number;
  readonly correlation_id: string;
  readonly causation_id: string | null;
  readonly data: string;
}

/** Reads of deals, each bound to a workspace. */
@Injectable()
export class DealQueries {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async list(workspaceId: WorkspaceId, query: DealsQuery): Promise<Page<DealResource>> {
    const after = decodeCursor(query.cursor, ['number']);
    const { text, values } = dealsListed(selectDeal, workspaceId, query, after?.[0] ?? null, query.limit + 1);
    const rows = await this.database.query<DealListRow>(text, values);
    return pageOf(rows, query.limit, (row) => [row.created_position], resourceOf);
  }

  /** @throws Problem 404 */
  async get(workspaceId: WorkspaceId, id: string): Promise<DealResource> {
    const [row] = await this.database.query<DealListRow>(`${selectDeal} WHERE d.workspace_id = $1 AND d.id = $2`, [
      workspaceId,
      id,
    ]);
    if (!row) throw notFound('deal');
    return resourceOf(row);
  }

  /** A deal's events from its birth on. @throws Problem 404 */
  async events(
    workspaceId: WorkspaceId,
    id: string,
    query: { limit: number; cursor?: string },
  ): Promise<Page<DealEventResource>> {
    const after = decodeCursor(query.cursor, ['number'])?.[0] ?? 0;
    const values = [workspaceId, `deal/${id}`, after, query.limit + 1];
    const rows = await this.database.query<EventRow>(selectEvents, values);
    // Every deal has events, so none on the first page means that there is no such deal.
    if (rows.length === 0 && after === 0) throw notFound('deal');
    return pageOf(rows, query.limit, (row) => [row.position], eventOf);
  }
}

function resourceOf(row: DealListRow): DealResource {
  return {
    ...{ id: row.id, contactId: row.contact_id, originGroup: row.origin_group, origin: row.origin, stage: row.stage },
    ...{ status: row.status, lostReason: row.lost_reason, owner: row.owner, title: row.title, value: row.value },
    ...{ currency: row.currency, product: row.product, externalId: row.external_id, tags: row.tags },
    customFields: row.custom_fields,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

function eventOf(row: EventRow): DealEventResource {
  const data: unknown = JSON.parse(row.data);
  return {
    ...{ id: row.record_id, type: row.type, time: row.time.toISOString(), partition: row.partition },
    ...{ position: row.position, correlationId: row.correlation_id, causationId: row.causation_id, data },
  };
}
