import type { ArrivalSettings, Mode, Target } from '@ponte/contracts';
import {
  compileMapping,
  extendMapping,
  findPreset,
  parseMapping,
  type CompiledMapping,
  type Mapping,
  type Preset,
} from '@ponte/mapping';
import type { Database } from '@ponte/service-kit';

/** An integration as far as receiving needs it, ready to use: its mapping is compiled once and not for each request. */
export interface KnownIntegration {
  id: string;
  workspaceId: string;
  /** Of the log: the workspace's. */
  partition: number;
  target: Target;
  mode: Mode;
  originId: string | null;
  closedDealsMatch: boolean;
  settings: ArrivalSettings;
  preset: Preset;
  map: CompiledMapping;
  /** What its workspace's mappings fall back on. */
  defaults: { timeZone: string; country: string; currency: string };
}

interface IntegrationRow {
  id: string;
  workspace_id: string;
  partition: number;
  preset: string;
  target: Target;
  mode: Mode;
  origin_id: string | null;
  closed_deals_match: boolean;
  mapping: unknown;
  settings: ArrivalSettings;
  token_hash: string;
  time_zone: string | null;
  country: string | null;
  currency: string | null;
}

/** Uses the unique index on token_hash and the workspaces' primary key. */
const byTokenHashes = /* sql */ `
  select i.id, i.workspace_id, i.partition, i.preset, i.target, i.mode, i.origin_id, i.closed_deals_match, i.mapping,
         i.settings, i.token_hash, w.time_zone, w.country, w.currency
    from inbound_integrations i
    left join catalogue_workspaces w on w.id = i.workspace_id
   where i.token_hash = any ($1) and i.deleted_at is null
`;

/** Looks integrations up by the hashes of their tokens. Deleted ones are not found. */
export async function loadIntegrations(
  database: Database,
  tokenHashes: readonly string[],
): Promise<ReadonlyMap<string, KnownIntegration>> {
  const rows = await database.query<IntegrationRow>(byTokenHashes, [tokenHashes]);
  return new Map(rows.map((row) => [row.token_hash, toKnown(row)]));
}

function toKnown(row: IntegrationRow): KnownIntegration {
  const preset = presetOf(row.preset);
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    partition: row.partition,
    target: row.target,
    mode: row.mode,
    originId: row.origin_id,
    closedDealsMatch: row.closed_deals_match,
    settings: row.settings,
    preset,
    map: compileMapping(effectiveMapping(preset, row.mapping)),
    defaults: {
      // An integration is only made once its workspace is known; these stand in where a restore lost it.
      timeZone: row.time_zone ?? 'UTC',
      country: row.country ?? 'BR',
      currency: row.currency ?? 'BRL',
    },
  };
}

/** A preset that a later version took away leaves the integration working as a generic one. */
export function presetOf(key: string): Preset {
  const preset = findPreset(key) ?? findPreset('generic');
  if (preset === undefined) throw new Error('there is no generic preset');
  return preset;
}

/** The preset's mapping with the integration's own rules over it. One that can't be read any more leaves the preset's. */
export function effectiveMapping(preset: Preset, own: unknown): Mapping {
  if (own === null) return preset.mapping;
  const parsed = parseMapping(own);
  return parsed.kind === 'mapping' ? extendMapping(preset.mapping, parsed.mapping) : preset.mapping;
}
