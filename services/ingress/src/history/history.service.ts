import { Inject, Injectable } from '@nestjs/common';
import { InboundReceivedV1, readEvent, type InboundItem, type InboundPerson } from '@ponte/contracts';
import { DATABASE, decodeCursor, notFound, pageOf, type Database, type Page } from '@ponte/service-kit';
import { requestDetail, requestListed, requestsListed, type ContentRow, type RequestRow } from './history.sql.js';

export interface HistoryFilter {
  integrationId?: string | undefined;
  outcome?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** A payload's item as it was mapped, its person with it. */
export type MappedFields = InboundItem & { person: InboundPerson | null };

export interface RequestDetail {
  row: RequestRow;
  content: ContentRow;
  mapped: MappedFields[];
}

/** What was received: every request to a known hook, with its answer and what became of its items. */
@Injectable()
export class HistoryService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Newest first: request ids are UUIDv7, so their order is the order of arrival. */
  async list(workspaceId: string, filter: HistoryFilter): Promise<Page<RequestRow>> {
    const after = decodeCursor(filter.cursor, ['uuid']);
    const { text, values } = requestsListed({
      workspaceId,
      integrationId: filter.integrationId,
      outcome: filter.outcome,
      before: after?.[0],
      limit: filter.limit + 1,
    });
    const rows = await this.database.query<RequestRow>(text, values);
    return pageOf(
      rows,
      filter.limit,
      (row) => [row.id],
      (row) => row,
    );
  }

  async get(workspaceId: string, id: string): Promise<RequestDetail> {
    const [[row], [content]] = await Promise.all([
      this.database.query<RequestRow>(requestListed, [workspaceId, id]),
      this.database.query<ContentRow>(requestDetail, [workspaceId, id]),
    ]);
    if (row === undefined || content === undefined) throw notFound('inbound request');
    return { row, content, mapped: mappedFields(content.data) };
  }
}

function mappedFields(data: string | null): MappedFields[] {
  if (data === null) return [];
  const parsed: unknown = JSON.parse(data);
  const { items, person } = readEvent(InboundReceivedV1, parsed);
  return items.map((item, index) => ({ ...item, person: person.items[index] ?? null }));
}
