import type {
  IntegrationDraft,
  OutboundIntegration,
  OutboundIntegrationChange,
} from './outbound-integration.entity.js';

/** Something that its user should know and that stops nothing. */
export interface IntegrationWarning {
  readonly code: 'get_exposes_data';
  readonly detail: string;
}

/** An integration as the API shows it. */
export function integrationResource(integration: OutboundIntegration) {
  const { id, name, trigger, originId, filter, url, method, mapping, status } = integration;
  return {
    ...{ id, name, trigger, originId, filter, url, method, mapping, status },
    switchedOnAt: integration.switchedOnAt.toISOString(),
    createdAt: integration.createdAt.toISOString(),
    updatedAt: integration.updatedAt.toISOString(),
    warnings: warningsOf(integration),
  };
}

export function warningsOf({ method }: Pick<IntegrationDraft, 'method'>): readonly IntegrationWarning[] {
  if (method !== 'GET') return [];
  const detail =
    'GET sends the fields in the URL, where they show up in address bars, caches and logs. Send personal data by POST.';
  return [{ code: 'get_exposes_data', detail }];
}

export function changeResource({ id, changedAt, changedBy, kind, changes }: OutboundIntegrationChange) {
  return { id, changedAt: changedAt.toISOString(), changedBy, kind, changes };
}
