import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import type { ServiceName } from './services.js';
import { textOrNull } from './answers.js';

/** A client of the three admin APIs, for one workspace. */
export interface Api {
  get(service: ServiceName, path: string): Promise<unknown>;
  post(service: ServiceName, path: string, body: object): Promise<unknown>;
}

const PATIENCE_MS = 15_000;

/**
 * What the deals API wrote reaches the others a moment later: it answers its position, and the others are asked to wait
 * for it (and again when they say that they have not caught up).
 *
 * @param patienceMs how long an answer may take, and a service may say that it can't answer now
 */
export function apiFor(urls: Readonly<Record<ServiceName, string>>, token: string, patienceMs = PATIENCE_MS): Api {
  let position: string | null = null;

  const client = axios.create({
    headers: { authorization: `Bearer ${token}` },
    timeout: patienceMs,
    // Refusals are told with what the service says of them.
    validateStatus: () => true,
    // The services are on this machine, whatever proxy the environment names.
    proxy: false,
  });

  const call = async (service: ServiceName, request: { method: string; path: string; body?: object }) => {
    const { method, path, body } = request;
    const url = urls[service] + path;
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const headers = service === 'deals' || position === null ? {} : { 'ponte-wait-for': position };
      const { status, data, headers: answered } = await client.request<unknown>({ method, url, headers, data: body });
      if (status >= 200 && status < 300) {
        const written: unknown = answered['ponte-position'];
        if (service === 'deals' && typeof written === 'string') position = written;
        return data;
      }
      if (status === 503 && Date.now() < deadline) {
        await sleep(200);
        continue;
      }
      const detail = textOrNull(data, 'detail') ?? textOrNull(data, 'title') ?? '';
      const errors = data !== null && typeof data === 'object' && 'errors' in data ? JSON.stringify(data.errors) : '';
      throw new Error(`${method} ${url}: ${String(status)} ${detail} ${errors}`.trim());
    }
  };
  return {
    get: (service, path) => call(service, { method: 'GET', path }),
    post: (service, path, body) => call(service, { method: 'POST', path, body }),
  };
}
