import type { FieldChanges } from '@ponte/service-kit';
import type { OutgoingMapping } from '@ponte/mapping';
import { EntitySchema } from 'typeorm';
import type { Method } from '../deliveries/delivery.js';
import type { TriggerFilter } from '../triggers/matches.js';
import type { TriggerKind } from '../triggers/trigger-event.js';

export type IntegrationStatus = 'active' | 'paused';

/** What its user decides about an integration. */
export interface IntegrationDraft {
  name: string;
  trigger: TriggerKind;
  originId: string;
  filter: TriggerFilter;
  url: string;
  method: Method;
  mapping: OutgoingMapping;
}

/** A trigger, a mapping and a link that is called. */
export interface OutboundIntegration extends IntegrationDraft {
  /** UUIDv7: the list is in its order. */
  id: string;
  workspaceId: string;
  status: IntegrationStatus;
  /** It fires for what happened from then on. */
  switchedOnAt: Date;
  pausedAt: Date | null;
  /** Pauses whose events were discarded on resuming. */
  discardedPeriods: readonly { from: string; until: string }[];
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
}

export type ChangeKind = 'created' | 'edited' | 'paused' | 'resumed' | 'deleted';
/** Who changed what of an integration. */
export interface OutboundIntegrationChange {
  id: number;
  integrationId: string;
  workspaceId: string;
  changedAt: Date;
  changedBy: string;
  kind: ChangeKind;
  changes: FieldChanges;
}

export const outboundIntegrationEntity = new EntitySchema<OutboundIntegration>({
  name: 'OutboundIntegration',
  tableName: 'outbound_integrations',
  columns: {
    id: { type: 'uuid', primary: true },
    workspaceId: { type: 'uuid', name: 'workspace_id' },
    name: { type: 'text' },
    trigger: { type: 'text' },
    originId: { type: 'uuid', name: 'origin_id' },
    filter: { type: 'jsonb' },
    url: { type: 'text' },
    method: { type: 'text' },
    mapping: { type: 'jsonb' },
    status: { type: 'text' },
    switchedOnAt: { type: 'timestamptz', name: 'switched_on_at' },
    pausedAt: { type: 'timestamptz', name: 'paused_at', nullable: true },
    discardedPeriods: { type: 'jsonb', name: 'discarded_periods' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
    deletedAt: { type: 'timestamptz', name: 'deleted_at', nullable: true },
  },
});

export const outboundIntegrationChangeEntity = new EntitySchema<OutboundIntegrationChange>({
  name: 'OutboundIntegrationChange',
  tableName: 'outbound_integration_changes',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment' },
    integrationId: { type: 'uuid', name: 'integration_id' },
    workspaceId: { type: 'uuid', name: 'workspace_id' },
    changedAt: { type: 'timestamptz', name: 'changed_at' },
    changedBy: { type: 'text', name: 'changed_by' },
    kind: { type: 'text' },
    changes: { type: 'jsonb' },
  },
});
