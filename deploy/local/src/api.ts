import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from './services.js';
import { parseJson, textOrNull } from './answers.js';

/** A client of the three admin APIs, for one workspace. */
export interface Api {
  get(service: ServiceName, path: string): Promise<unknown>;
  post(service: ServiceName, path: string, body: object): Promise<unknown>;
}

const PATIENCE_MS = 15_000;

/**
 * What the deals API wrote reaches the others a moment later: it answers its position, and the others are asked to wait
 * for it (and again when they say that they have not caught up).
 */
export function apiFor(urls: Readonly<Record<ServiceName, string>>, token: string): Api {
  let position: string | null = null;

  const call = async (service: ServiceName, path: string, init: RequestInit): Promise<unknown> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${token}`);
      if (service !== 'deals' && position !== null) headers.set('ponte-wait-for', position);
      const answer = await fetch(urls[service] + path, { ...init, headers, signal: AbortSignal.timeout(PATIENCE_MS) });
      const body = parseJson(await answer.text());
      if (answer.ok) {
        if (service === 'deals') position = answer.headers.get('ponte-position') ?? position;
        return body;
      }
      if (answer.status === 503 && Date.now() < deadline) {
        await sleep(200);
        continue;
      }
      const detail = textOrNull(body, 'detail') ?? textOrNull(body, 'title') ?? '';
      const errors = body !== null && typeof body === 'object' && 'errors' in body ? JSON.stringify(body.errors) : '';
      throw new Error(
        `${init.method ?? 'GET'} ${urls[service]}${path}: ${String(answer.status)} ${detail} ${errors}`.trim(),
      );
    }
  };
  return {
    get: (service, path) => call(service, path, {}),
    post: (service, path, body) =>
      call(service, path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  };
}
