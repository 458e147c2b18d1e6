import { text, type Api, type Stack } from '@ponte/local';
import { makePipeline } from '../../world/pipeline.js';
import type { Place } from './places.js';

/** A workspace whose history is read. */
export interface HistoryPlace {
  /** What it is like: `most`, `few` … */
  readonly name: string;
  readonly api: Api;
  /** By name: its integrations, to filter by. */
  readonly inbound: Readonly<Record<string, string>>;
  readonly outbound: Readonly<Record<string, string>>;
}

/** The workspaces of the histories, and how requests and deliveries are shared among their integrations. */
export interface GrownHistory {
  readonly histories: readonly HistoryPlace[];
  readonly requests: readonly Place[];
  readonly deliveries: readonly Place[];
  /** Outbound integrations that hold what they have. */
  readonly paused: readonly string[];
}

interface Shape {
  readonly name: string;
  /** Shares of a thousand, by the integration's name. */
  readonly inbound: Readonly<Record<string, number>>;
  readonly outbound: Readonly<Record<string, number>>;
}

/** One workspace has four fifths of everything, and one of its integrations nearly all of that. */
const SHAPES: readonly Shape[] = [
  {
    name: 'most',
    inbound: { main: 780, second: 19, rare: 1 },
    outbound: { main: 770, second: 19, rare: 1, paused: 10 },
  },
  { name: 'some', inbound: { only: 199 }, outbound: { only: 199 } },
  { name: 'few', inbound: { only: 1 }, outbound: { only: 1 } },
];

/** Makes the workspaces and integrations by the APIs, still without any history. */
export async function makeHistories(stack: Stack): Promise<GrownHistory> {
  const made = await Promise.all(SHAPES.map((shape) => makeHistory(stack, shape)));
  return {
    histories: made.map((one) => one.history),
    requests: made.flatMap((one) => one.requests),
    deliveries: made.flatMap((one) => one.deliveries),
    paused: made.flatMap(({ history }) =>
      Object.entries(history.outbound).flatMap(([name, id]) => (name === PAUSED ? [id] : [])),
    ),
  };
}

const PAUSED = 'paused';

async function makeHistory(stack: Stack, shape: Shape) {
  const { workspaceId, api, originId } = await makePipeline(stack, { name: `History: ${shape.name}` });
  const inbound: Record<string, string> = {};
  for (const name of Object.keys(shape.inbound)) {
    const body = { name, preset: 'generic', target: 'deal', mode: 'create_or_update', originId };
    inbound[name] = text(await api.post('ingress', '/v1/inbound-integrations', body), 'id');
  }
  const outbound: Record<string, string> = {};
  for (const name of Object.keys(shape.outbound)) {
    const url = 'https://receiver.example.com/hooks/deals';
    const body = { name, trigger: 'DealCreated', originId, url, method: 'POST' };
    const id = text(await api.post('dispatcher', '/v1/outbound-integrations', body), 'id');
    outbound[name] = id;
    if (name === PAUSED) await api.post('dispatcher', `/v1/outbound-integrations/${id}/pause`, {});
  }
  const history: HistoryPlace = { name: shape.name, api, inbound, outbound };
  return {
    history,
    requests: placesOf(workspaceId, inbound, shape.inbound),
    deliveries: placesOf(workspaceId, outbound, shape.outbound),
  };
}

function placesOf(
  workspaceId: string,
  ids: Readonly<Record<string, string>>,
  shares: Readonly<Record<string, number>>,
): Place[] {
  return Object.entries(ids).map(([name, integrationId]) => ({ workspaceId, integrationId, share: shares[name] ?? 0 }));
}
