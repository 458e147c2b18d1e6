import * as contracts from '@ponte/contracts';
import { readEvent, type EventDefinition } from '@ponte/contracts';
import type { ReceivedRecord } from '@ponte/event-log';
import type { Transaction } from '@ponte/service-kit';

interface Projection {
  events: readonly EventDefinition[];
  /** Takes the last state of each entry, with `workspaceId`, as JSON. */
  upsert: string;
}

const projections: readonly Projection[] = [
  {
    events: [contracts.WorkspaceCreatedV1],
    upsert: /* sql */ `
      insert into catalogue_workspaces (id, name, time_zone, country, currency)
      select id, name, "timeZone", country, currency
        from json_to_recordset($1) as r (id uuid, name text, "timeZone" text, country text, currency text)
      on conflict (id) do update set name = excluded.name, time_zone = excluded.time_zone, country = excluded.country,
                                     currency = excluded.currency`,
  },
  {
    events: [contracts.OriginCreatedV1, contracts.OriginUpdatedV1],
    upsert: /* sql */ `
      insert into catalogue_origins (id, workspace_id, group_id, name, archived)
      select id, "workspaceId", "groupId", name, archived
        from json_to_recordset($1) as r (id uuid, "workspaceId" uuid, "groupId" uuid, name text, archived boolean)
      on conflict (id) do update set group_id = excluded.group_id, name = excluded.name, archived = excluded.archived`,
  },
  {
    events: [contracts.StageCreatedV1, contracts.StageUpdatedV1],
    upsert: /* sql */ `
      insert into catalogue_stages (id, workspace_id, origin_id, name, "order", archived)
      select id, "workspaceId", "originId", name, "order", archived
        from json_to_recordset($1)
          as r (id uuid, "workspaceId" uuid, "originId" uuid, name text, "order" integer, archived boolean)
      on conflict (id) do update set name = excluded.name, "order" = excluded."order", archived = excluded.archived`,
  },
  {
    events: [contracts.TagCreatedV1, contracts.TagUpdatedV1],
    upsert: /* sql */ `
      insert into catalogue_tags (id, workspace_id, name, archived)
      select id, "workspaceId", name, archived
        from json_to_recordset($1) as r (id uuid, "workspaceId" uuid, name text, archived boolean)
      on conflict (id) do update set name = excluded.name, archived = excluded.archived`,
  },
  {
    events: [contracts.OwnerCreatedV1, contracts.OwnerUpdatedV1],
    upsert: /* sql */ `
      insert into catalogue_owners (id, workspace_id, name, email, archived)
      select id, "workspaceId", name, email, archived
        from json_to_recordset($1) as r (id uuid, "workspaceId" uuid, name text, email text, archived boolean)
      on conflict (id) do update set name = excluded.name, email = excluded.email, archived = excluded.archived`,
  },
];

/** Follows the catalogue: of each entry the last state that the records tell, in one statement a kind of entry. */
export function applyCatalogue(sql: Transaction, records: readonly ReceivedRecord[]): void {
  for (const { events, upsert } of projections) {
    const states = lastStates(records, events);
    if (states.length > 0) sql.send(upsert, [JSON.stringify(states)]);
  }
}

function lastStates(records: readonly ReceivedRecord[], events: readonly EventDefinition[]): object[] {
  const states = new Map<string, object>();
  for (const record of records) {
    const event = events.find(({ type }) => type === record.type);
    if (event === undefined) continue;
    const data: unknown = JSON.parse(record.data);
    const state = readEvent(event, data);
    states.set(record.subject, { ...(typeof state === 'object' ? state : {}), workspaceId: record.workspaceId });
  }
  return [...states.values()];
}

/** The types of the events that the catalogue follows. */
export const catalogueTypes: readonly string[] = projections.flatMap(({ events }) => events.map(({ type }) => type));
