import { text, type Stack } from '@ponte/local';
import type { Receiver } from '@ponte/testing';
import { makePipeline } from './pipeline.js';

/** What the load runs against: made through the commands and APIs alone, as any user would. */
export interface World {
  readonly workspaces: readonly string[];
  /** URLs to post to: one inbound integration a workspace. */
  readonly hookUrls: readonly string[];
  readonly outbound: readonly { integrationId: string; trigger: string; originId: string }[];
}

export interface WorldShape {
  readonly workspaces: number;
  readonly mode: 'create' | 'create_or_update';
  readonly triggers: readonly ('DealCreated' | 'StageEntered' | 'StageChanged' | 'StatusChanged')[];
}

/** The fields that are sent: the defaults that the audit needs, and the load's own marks. */
const mapping = [
  { field: 'deal.id', identifier: 'deal_id' },
  { field: 'deal.status', identifier: 'deal_status' },
  { field: 'contact.email', identifier: 'contact_email' },
  { field: 'contact.customFields.sequencia', identifier: 'contact_sequencia' },
  { field: 'contact.customFields.marca', identifier: 'contact_marca' },
];

/** Makes workspaces, each with an origin, an inbound integration, and an outbound one a trigger that calls the receiver. */
export async function makeWorld(stack: Stack, receiver: Receiver, shape: WorldShape): Promise<World> {
  const made = [];
  for (let number = 1; number <= shape.workspaces; number += 1) {
    made.push(await makeWorkspace(stack, receiver, shape, number));
  }
  return {
    workspaces: made.map((one) => one.workspaceId),
    hookUrls: made.map((one) => one.hookUrl),
    outbound: made.flatMap((one) => one.outbound),
  };
}

async function makeWorkspace(stack: Stack, receiver: Receiver, shape: WorldShape, number: number) {
  const name = `Load ${String(number)}`;
  const { workspaceId, api, originId } = await makePipeline(stack, { name });
  const inbound = await api.post('ingress', '/v1/inbound-integrations', {
    name: 'Load',
    preset: 'generic',
    target: 'deal',
    mode: shape.mode,
    originId,
  });
  const outbound = [];
  for (const trigger of shape.triggers) {
    const url = `${receiver.url}/${trigger}`;
    const body = { name: trigger, trigger, originId, url, method: 'POST', mapping };
    const made = await api.post('dispatcher', '/v1/outbound-integrations', body);
    outbound.push({ integrationId: text(made, 'id'), trigger, originId });
  }
  return { workspaceId, hookUrl: text(inbound, 'url'), outbound };
}
