import type { FieldChanges } from '@ponte/service-kit';
import { EntitySchema } from 'typeorm';
import type { IntegrationDraft } from './integration-rules.js';

export type IntegrationStatus = 'active' | 'paused';

/** A URL that a tool posts to, and what its payloads become. */
export interface InboundIntegration extends IntegrationDraft {
  /** UUIDv7: the list is in its order. */
  id: string;
  workspaceId: string;
  /** Of the log: the workspace's. */
  partition: number;
  tokenHash: string;
  tokenSealed: string;
  status: IntegrationStatus;
  /** A resume has begun to publish what was held, and has not come to its end. */
  draining: boolean;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
}

export type ChangeKind = 'created' | 'edited' | 'paused' | 'resumed' | 'deleted';
/** Who changed what of an integration. */
export interface InboundIntegrationChange {
  id: number;
  integrationId: string;
  workspaceId: string;
  changedAt: Date;
  changedBy: string;
  kind: ChangeKind;
  /** Never holds the token. */
  changes: FieldChanges;
}

export const inboundIntegrationEntity = new EntitySchema<InboundIntegration>({
  name: 'InboundIntegration',
  tableName: 'inbound_integrations',
  columns: {
    id: { type: 'uuid', primary: true },
    workspaceId: { type: 'uuid', name: 'workspace_id' },
    partition: { type: 'integer' },
    name: { type: 'text' },
    preset: { type: 'text' },
    target: { type: 'text' },
    mode: { type: 'text' },
    originId: { type: 'uuid', name: 'origin_id', nullable: true },
    closedDealsMatch: { type: 'boolean', name: 'closed_deals_match' },
    mapping: { type: 'json', nullable: true },
    settings: { type: 'jsonb' },
    tokenHash: { type: 'text', name: 'token_hash' },
    tokenSealed: { type: 'text', name: 'token_sealed' },
    status: { type: 'text' },
    draining: { type: 'boolean' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    updatedAt: { type: 'timestamptz', name: 'updated_at' },
    deletedAt: { type: 'timestamptz', name: 'deleted_at', nullable: true },
  },
});

export const inboundIntegrationChangeEntity = new EntitySchema<InboundIntegrationChange>({
  name: 'InboundIntegrationChange',
  tableName: 'inbound_integration_changes',
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
