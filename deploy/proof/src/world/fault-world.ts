import { text, type Api, type Stack } from '@ponte/local';
import type { OutboundFact } from '../audit/facts.js';
import type { LoadTarget } from '../load/plan.js';
import { makePipeline } from './pipeline.js';

/** What the fault ledger's load runs against: made through the commands and APIs alone, as any user would. */
export interface FaultWorld {
  readonly workspaceIds: readonly string[];
  readonly targets: readonly LoadTarget[];
  /** Hook URLs, by target. */
  readonly hookUrls: readonly string[];
  readonly outbound: readonly OutboundFact[];
}

/** A receiver that each workspace calls for every trigger of the load. */
export interface Destination {
  readonly name: string;
  readonly url: string;
  readonly reachable: boolean;
  /** Which events are sent to it. Default: both triggers of the load. */
  readonly triggers?: readonly Trigger[];
}

type Trigger = (typeof TRIGGERS)[number];
type Mode = 'create' | 'update' | 'create_or_update';

/** Each workspace gets its own mixture of tools and modes, all into one origin. */
const INTEGRATIONS: readonly (readonly [preset: string, mode: Mode])[][] = [
  [
    ['generic', 'create_or_update'],
    ['hotmart', 'create_or_update'],
    ['elementor', 'update'],
  ],
  [
    ['generic', 'create'],
    ['monetizze', 'create_or_update'],
    ['google-forms', 'create_or_update'],
  ],
  [
    ['generic', 'update'],
    ['hotmart', 'create_or_update'],
    ['monetizze', 'update'],
    ['elementor', 'create_or_update'],
  ],
];

const TRIGGERS = ['DealCreated', 'StatusChanged'] as const;
const MAPPING = [
  { field: 'deal.id', identifier: 'deal_id' },
  { field: 'deal.status', identifier: 'deal_status' },
  { field: 'contact.email', identifier: 'contact_email' },
];

/** Makes the workspaces, each with an origin, its integrations, and an outbound one for each trigger and destination. */
export async function makeFaultWorld(stack: Stack, destinations: readonly Destination[]): Promise<FaultWorld> {
  const made = await Promise.all(
    INTEGRATIONS.map((integrations, index) => makeWorkspace(stack, destinations, integrations, index)),
  );
  return {
    workspaceIds: made.map((one) => one.workspaceId),
    targets: made.flatMap((one) => one.targets),
    hookUrls: made.flatMap((one) => one.hookUrls),
    outbound: made.flatMap((one) => one.outbound),
  };
}

async function makeWorkspace(
  stack: Stack,
  destinations: readonly Destination[],
  integrations: readonly (readonly [preset: string, mode: Mode])[],
  index: number,
) {
  const name = `Load ${String(index + 1)}`;
  const { workspaceId, api, originId } = await makePipeline(stack, { name });
  const hookUrls: string[] = [];
  for (const [preset, mode] of integrations) {
    const body = { name: `${preset}, ${mode}`, preset, target: 'deal', mode, originId };
    hookUrls.push(text(await api.post('ingress', '/v1/inbound-integrations', body), 'url'));
  }
  const outbound: OutboundFact[] = [];
  for (const destination of destinations) outbound.push(...(await sendTo(api, originId, destination)));
  return {
    workspaceId,
    targets: integrations.map(([preset]) => ({ preset, workspace: index })),
    hookUrls,
    outbound,
  };
}

async function sendTo(api: Api, originId: string, destination: Destination): Promise<OutboundFact[]> {
  const made: OutboundFact[] = [];
  const { name, url, reachable, triggers = TRIGGERS } = destination;
  for (const trigger of triggers) {
    const body = { name: `${name}: ${trigger}`, trigger, originId, url, method: 'POST', mapping: MAPPING };
    const integration = await api.post('dispatcher', '/v1/outbound-integrations', body);
    made.push({ integrationId: text(integration, 'id'), trigger, originId, reachable });
  }
  return made;
}
