import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@ponte/local';
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
  /** Whether the log's gate is as wanted before the patience is over. */
  waitForGate(service: ServiceName, wanted: 'open' | 'halted'): Promise<boolean>;
}

const PATIENCE_MS = 60_000;

export async function operatorOf(rig: Rig, world: FaultWorld): Promise<Operator> {
  const token = await rig.stack.token(world.workspaceIds[0] ?? '', ['operator']);
  const call = async (service: ServiceName, path: string, init: RequestInit): Promise<Record<string, unknown>> => {
    const url = `${rig.stack.apiUrls[service]}/v1/operations/${path}`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(60_000) });
    const body: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${path} of ${service}: ${JSON.stringify(body)}`);
    return typeof body === 'object' && body !== null ? Object.fromEntries(Object.entries(body)) : {};
  };
  const get: Operator['get'] = (service, path) => call(service, path, {});
  const consumers: Operator['consumers'] = async (service) => {
    const { items } = await get(service, 'consumers');
    return Array.isArray(items) ? (items as ConsumerPartition[]) : [];
  };
  return {
    get,
    consumers,
    post: (service, path, body) => call(service, path, { method: 'POST', body: JSON.stringify(body) }),
    waitForStops: async (service) => {
      const stops = async () => (await consumers(service)).filter(({ status }) => status !== 'running');
      await waitUntil(async () => (await stops()).length > 0);
      return stops();
    },
    waitForGate: (service, wanted) =>
      waitUntil(async () => {
        const { gate } = await get(service, 'log');
        const isOpen = typeof gate === 'object' && gate !== null && 'open' in gate && gate.open === true;
        return isOpen === (wanted === 'open');
      }),
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
