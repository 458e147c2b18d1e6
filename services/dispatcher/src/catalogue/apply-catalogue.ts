import {
  OriginCreatedV1,
  OriginUpdatedV1,
  readEvent,
  StageCreatedV1,
  StageUpdatedV1,
  TagCreatedV1,
  TagUpdatedV1,
} from '@ponte/contracts';
import type { ReceivedRecord } from '@ponte/event-log';
import type { Transaction } from '@ponte/service-kit';

/** The catalogue events that are read here: an integration names origins, stages and tags. */
export const catalogueEvents = [
  OriginCreatedV1,
  OriginUpdatedV1,
  StageCreatedV1,
  StageUpdatedV1,
  TagCreatedV1,
  TagUpdatedV1,
];

interface Entry {
  readonly kind: 'origin' | 'stage' | 'tag';
  readonly id: string;
  /** A stage's origin. */
  readonly parentId: string | null;
  readonly name: string;
  readonly archived: boolean;
}

/** Follows the catalogue: of each entry the last state that the records tell, in one statement. */
export function applyCatalogue(sql: Transaction, records: readonly ReceivedRecord[]): void {
  const last = new Map<string, Entry & { readonly workspaceId: string }>();
  for (const record of records) {
    const entry = entryOf(record);
    if (entry !== null) last.set(`${entry.kind} ${entry.id}`, { ...entry, workspaceId: record.workspaceId });
  }
  if (last.size > 0) sql.send(upsertEntries, [JSON.stringify([...last.values()])]);
}

const upsertEntries = `
  INSERT INTO catalogue_entries (workspace_id, kind, id, parent_id, name, archived)
  SELECT "workspaceId", kind, id, "parentId", name, archived
    FROM json_to_recordset($1::json)
      AS r ("workspaceId" uuid, kind text, id uuid, "parentId" uuid, name text, archived boolean)
  ON CONFLICT (workspace_id, kind, id) DO UPDATE
     SET parent_id = excluded.parent_id, name = excluded.name, archived = excluded.archived`;

function entryOf(record: ReceivedRecord): Entry | null {
  switch (record.type) {
    case OriginCreatedV1.type:
    case OriginUpdatedV1.type: {
      const { id, name, archived } = readEvent(OriginUpdatedV1, parse(record));
      return { kind: 'origin', id, parentId: null, name, archived };
    }
    case StageCreatedV1.type:
    case StageUpdatedV1.type: {
      const { id, name, archived, originId } = readEvent(StageUpdatedV1, parse(record));
      return { kind: 'stage', id, parentId: originId, name, archived };
    }
    case TagCreatedV1.type:
    case TagUpdatedV1.type: {
      const { id, name, archived } = readEvent(TagUpdatedV1, parse(record));
      return { kind: 'tag', id, parentId: null, name, archived };
    }
    default:
      return null;
  }
}

function parse(record: ReceivedRecord): unknown {
  return JSON.parse(record.data);
}
