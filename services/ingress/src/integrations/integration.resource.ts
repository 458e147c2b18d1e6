import type { InboundIntegration, InboundIntegrationChange } from './inbound-integration.entity.js';

/** An integration as the API shows it. `url` is null for callers who may not change it: whoever has it can post to it. */
export function integrationResource(integration: InboundIntegration, url: string | null) {
  const { id, name, preset, target, mode, originId, closedDealsMatch, mapping, settings, status } = integration;
  return {
    id,
    name,
    preset,
    target,
    mode,
    originId,
    closedDealsMatch,
    mapping,
    settings,
    url,
    status,
    createdAt: integration.createdAt.toISOString(),
    updatedAt: integration.updatedAt.toISOString(),
  };
}

export function changeResource({ id, changedAt, changedBy, kind, changes }: InboundIntegrationChange) {
  return { id, changedAt: changedAt.toISOString(), changedBy, kind, changes };
}
