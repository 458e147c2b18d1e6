import { request, type Agent } from 'node:http';
import type { PlannedPayload } from './plan.js';
import type { PostOutcome } from './tally.js';

const TIMEOUT_MS = 10_000;

/** Posts a payload once. Never rejects: no answer within ten seconds, and no connection, are outcomes too. */
export function post(url: URL, payload: PlannedPayload, agent: Agent): Promise<PostOutcome> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const end = (status: number | null, requestId: string | null, hasRetryAfter: boolean): void => {
      resolve({ status, requestId, hasRetryAfter, tookMs: performance.now() - startedMs });
    };
    const noAnswer = (): void => {
      end(null, null, false);
    };
    const headers = {
      'content-type': payload.contentType ?? 'application/json',
      'content-length': Buffer.byteLength(payload.body),
      'idempotency-key': payload.deliveryId,
    };
    const call = request(url, { method: 'POST', agent, timeout: TIMEOUT_MS, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('error', noAnswer);
      answer.on('end', () => {
        const { statusCode = 0 } = answer;
        end(statusCode, statusCode === 200 ? requestIdOf(text) : null, answer.headers['retry-after'] !== undefined);
      });
    });
    call.on('timeout', () => call.destroy());
    call.on('error', noAnswer);
    call.end(payload.body);
  });
}

function requestIdOf(text: string): string | null {
  const body: unknown = JSON.parse(text);
  return typeof body === 'object' && body !== null && 'requestId' in body && typeof body.requestId === 'string'
    ? body.requestId
    : null;
}
