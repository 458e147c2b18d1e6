import { setTimeout as sleep } from 'node:timers/promises';
import { apiFor, type ServiceName } from '@ponte/local';
import { memberAt } from '../audit/values.js';
import type { FaultWorld } from '../world/fault-world.js';
import type { Rig } from '../world/rig.js';

/** A partition of a consumer, as `GET /v1/operations/consumers` shows it. */
export interface ConsumerPartition {
  readonly consumer: string;
  readonly partition: number;
  readonly status: string;
  readonly position: number;
}

/** What an operator does, through the operations APIs alone. */
export interface Operator {
  get(service: ServiceName, path: string): Promise<Record<string, unknown>>;
  post(service: ServiceName, path: string, body: object): Promise<Record<string, unknown>>;
  consumers(service: ServiceName): Promise<ConsumerPartition[]>;
  /** The stopped partitions of a service's consumers, once there are any; none after the patience is over. */
  waitForStops(service: ServiceName): Promise<ConsumerPartition[]>;
  /** Whether the log's gate is open, or log and topic were found apart, before the patience is over. */
  waitForGate(service: ServiceName, wanted: 'open' | 'halted'): Promise<boolean>;
  /** Ids of the records that the service says its database lost. */
  losses(service: ServiceName): Promise<string[]>;
}

const PATIENCE_MS = 60_000;

export async function operatorOf(rig: Rig, world: FaultWorld): Promise<Operator> {
  const token = await rig.stack.token(world.workspaceIds[0] ?? '', ['operator']);
  const api = apiFor(rig.stack.apiUrls, token, PATIENCE_MS);
  const membersOf = (body: unknown) => (typeof body === 'object' && body !== null ? { ...body } : {});
  const get: Operator['get'] = async (service, path) => membersOf(await api.get(service, `/v1/operations/${path}`));
  const consumers: Operator['consumers'] = async (service) => {
    const { items } = await get(service, 'consumers');
    return Array.isArray(items) ? (items as ConsumerPartition[]) : [];
  };
  return {
    get,
    consumers,
    post: async (service, path, body) => membersOf(await api.post(service, `/v1/operations/${path}`, body)),
    waitForStops: async (service) => {
      const stops = async () => (await consumers(service)).filter(({ status }) => status !== 'running');
      await waitUntil(async () => (await stops()).length > 0);
      return stops();
    },
    waitForGate: (service, wanted) =>
      waitUntil(async () => {
        const { gate, check } = await get(service, 'log');
        if (wanted === 'open') return memberAt(gate, 'open') === true;
        // Whoever was asked has taken notice, too.
        return memberAt(check, 'state') === 'halted' && memberAt(gate, 'reason') === memberAt(check, 'reason');
      }),
    losses: async (service) => {
      const ids: string[] = [];
      for (let cursor: unknown = ''; typeof cursor === 'string';) {
        const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const { items, nextCursor } = await get(service, `log/losses?limit=100${from}`);
        ids.push(...(items as { recordId: string }[]).map(({ recordId }) => recordId));
        cursor = nextCursor;
      }
      return ids;
    },
  };
}

/** Asks again and again; an API that does not answer now is asked again too. */
export async function waitUntil(isSo: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    if (await isSo().catch(() => false)) return true;
    if (Date.now() > deadline) return false;
    await sleep(500);
  }
}
